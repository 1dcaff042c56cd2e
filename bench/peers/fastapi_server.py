"""The same server with FastAPI under uvicorn, as its users write it."""

import json
import os
import sys
from datetime import datetime, timezone
from threading import Lock

import uvicorn
from fastapi import BackgroundTasks, Body, FastAPI, HTTPException, Request
from fastapi.responses import PlainTextResponse

port, path = int(sys.argv[1]), sys.argv[2]
app = FastAPI()
once = Lock()


def say(message: str, count: int) -> None:
    timestamp = datetime.now(timezone.utc).isoformat()
    event = {"level": "info", "timestamp": timestamp, "message": message, "count": count}
    print(json.dumps(event), file=sys.stderr, flush=True)


def commit(content: str) -> None:
    temporary = f"{path}.{os.getpid()}.tmp"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    os.rename(temporary, path)
    directory = os.open(os.path.dirname(path), os.O_RDONLY | os.O_DIRECTORY)
    os.fsync(directory)
    os.close(directory)


def stop() -> None:
    server.should_exit = True


def claim(variables: dict, background: BackgroundTasks) -> str:
    if not once.acquire(blocking=False):
        raise HTTPException(409)
    commit("".join(f"{name}={value}\n" for name, value in variables.items()))
    say("claimed", len(variables))
    background.add_task(stop)
    return "OK"


@app.get("/heart_beat")
async def heart_beat() -> str:
    return "success"


@app.get("/", response_class=PlainTextResponse)
def claim_query(request: Request, background: BackgroundTasks) -> str:
    return claim(dict(request.query_params), background)


@app.post("/", response_class=PlainTextResponse)
def claim_json(background: BackgroundTasks, variables: dict[str, str] = Body()) -> str:
    return claim(variables, background)


server = uvicorn.Server(
    uvicorn.Config(app, host="127.0.0.1", port=port, access_log=False, log_level="error")
)
say("waiting for a claim", 0)
server.run()
