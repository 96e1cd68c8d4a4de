"""Write the store's URL, its password put in: a password in the environment would be seen."""

import os
from pathlib import Path
from urllib.parse import quote, urlsplit

url = urlsplit(os.environ["URL_WITHOUT_PASSWORD"])
password = quote(Path(os.environ["PASSWORD_FILE"]).read_text().strip(), safe="")
user, _, host = url.netloc.rpartition("@")
Path(os.environ["URL_FILE"]).write_text(url._replace(netloc=f"{user}:{password}@{host}").geturl())
