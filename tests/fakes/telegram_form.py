"""How a call to Telegram is written: as a form, or in parts where files go along."""

from email.parser import BytesParser
from email.policy import HTTP
from urllib.parse import parse_qsl

Files = dict[str, tuple[str, bytes]]
"""(name, content) by the parameter they are uploaded as."""


def read_form(content_type: str, body: bytes) -> tuple[dict[str, str], Files]:
    """The parameters, and the uploaded files."""
    if not content_type.startswith("multipart/"):
        return dict(parse_qsl(body.decode(), keep_blank_values=True)), {}
    whole = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    params: dict[str, str] = {}
    files: Files = {}
    for part in whole.iter_parts():
        name = str(part.get_param("name", header="content-disposition"))
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        if (file_name := part.get_filename()) is None:
            params[name] = content.decode()
        else:
            files[name] = (file_name, content)
    return params, files
