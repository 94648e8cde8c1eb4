# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""On the node `hub`: make the repositories, and start the fixture server for the other nodes."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, "/opt")
from hub_server.content import make_file

MIB = 1 << 20
DATA = Path("/opt/data/models/acme")

make_file(DATA / "large" / "v1" / "model.safetensors", 2100 * MIB, "large")
make_file(DATA / "large" / "v1" / "config.json", 700, "config")
make_file(DATA / "gated" / "v1" / "model.bin", 150 * MIB, "gated")
make_file(DATA / "gated" / "v1" / "model.h5", 150 * MIB, "not wanted")
for number in range(40):
    make_file(DATA / "gated" / "v1" / "parts" / f"{number}.json", 2000 + number, str(number))
(DATA / "gated" / "hub.json").write_text(json.dumps({"gated": True, "tokens": [sys.argv[1]]}))

address = socket.gethostbyname(socket.gethostname())
server = ["/opt/hub_server/server.py", "--data", "/opt/data", "--bind", address]
ports = ["--port", "8000", "--cdn-port", "8001"]
with open("/opt/hub.log", "w") as log:
    subprocess.Popen([sys.executable, *server, *ports], stdout=log, stderr=log, start_new_session=True)
for _try in range(100):
    if "hub" in Path("/opt/hub.log").read_text():
        break
    time.sleep(0.1)
else:
    sys.exit("the server did not start: " + Path("/opt/hub.log").read_text())
