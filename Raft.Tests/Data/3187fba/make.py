#!/usr/bin/env python3
"""Makes the test data of an old version: python3 make.py HOST_DLL

HOST_DLL is Raft.Host.dll, built in Release from commit 3187fba. The script runs a group of three hosts once for each kind
of journal, writes keys and sessions, takes snapshots so that the log is compacted, and packs what the hosts leave behind.
See docs/testing.md, "Data of older versions".
"""
import json, os, shutil, signal, subprocess, sys, tarfile, tempfile, time, urllib.error, urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
SERVERS = [("n1", 19831, 19841), ("n2", 19832, 19842), ("n3", 19833, 19843)]


def configuration(name, http, journal):
    servers = ", ".join(f'{{ id = {i}, address = "akka.tcp://raft@127.0.0.1:{p}" }}' for i, p, _ in SERVERS)
    return f"""raft {{
  group = kv
  server-id = {name}
  servers = [ {servers} ]
  storage {{ provider = sqlite, directory = "./data", journal = {journal}, segment-size = 64KiB }}
  # Sessions live by the log's time, and the tests run years after this data was made.
  sessions.timeout = 36500d
  snapshots {{ trailing-entries = 5, max-events-per-delete = 1000 }}
}}
host.http-url = "http://127.0.0.1:{http}"
"""


def ask(method, http, path, body=None, headers=None):
    request = urllib.request.Request(f"http://127.0.0.1:{http}{path}", body, headers or {}, method=method)
    with urllib.request.urlopen(request, timeout=20) as response:
        return response.status, response.headers, response.read()


def until(what):
    for _ in range(300):
        try:
            if what():
                return
        except (urllib.error.URLError, ConnectionError, KeyError):
            pass
        time.sleep(0.1)
    raise SystemExit("it takes too long")


def write(expected, key, value, session=None):
    headers = {} if session is None else {"X-Raft-Session": str(session[0]), "X-Raft-Sequence": str(session[1])}
    _, answer, _ = ask("PUT", SERVERS[len(key) % 3][2], f"/kv/{key}", value.encode(), headers)
    index = int(answer["X-Raft-Index"])
    expected["keys"][key] = {"value": value, "version": index}
    if session is not None:
        expected["sessions"].append({"session": session[0], "sequence": session[1], "key": key, "value": value, "index": index})


def run(host, journal):
    top = tempfile.mkdtemp()
    processes, expected = [], {"keys": {}, "sessions": []}
    for name, _, http in SERVERS:
        os.mkdir(f"{top}/{name}")
        with open(f"{top}/{name}/node.conf", "w") as file:
            file.write(configuration(name, http, journal))
        command = ["dotnet", host, "node", "--config", "node.conf"]
        processes.append(subprocess.Popen(command, cwd=f"{top}/{name}", stdout=open(f"{top}/{name}.log", "w")))
    for _, _, http in SERVERS:
        until(lambda: ask("GET", http, "/health/ready")[0] == 200)
    sessions = [json.loads(ask("POST", SERVERS[0][2], "/sessions")[2])["session"] for _ in range(3)]
    for i in range(120):
        write(expected, f"k{i:03}", f"{i} " + "x" * (i * 7 % 300))
    for number, session in enumerate(sessions):
        write(expected, f"s{number}", "first", (session, 1))
    for i in range(0, 40, 2):
        last = int(ask("DELETE", SERVERS[0][2], f"/kv/k{i:03}")[1]["X-Raft-Index"])
        del expected["keys"][f"k{i:03}"]
    for _, _, http in SERVERS:
        until(lambda: json.loads(ask("GET", http, "/status")[2])["lastApplied"] >= last)
        ask("POST", http, "/snapshots")
    if journal == "sql":
        file = f"{HERE}/kv.raftsnap"
        with open(file, "wb") as exported:
            exported.write(ask("GET", SERVERS[0][2], "/snapshots/latest")[2])
        with open(f"{HERE}/kv.raftsnap.json", "w") as listing:
            json.dump(expected["keys"], listing, indent=0, sort_keys=True)
    # What follows is in the log, behind the snapshot.
    for i in range(100, 140):
        write(expected, f"k{i:03}", f"{i} later")
    for number, session in enumerate(sessions):
        write(expected, f"t{number}", "second", (session, 2))
    last = max(key["version"] for key in expected["keys"].values())
    for _, _, http in SERVERS:
        until(lambda: json.loads(ask("GET", http, "/status")[2])["lastApplied"] >= last)
        status = json.loads(ask("GET", http, "/status")[2])
        assert status["firstLogIndex"] > 100, status
    for process in processes:
        process.send_signal(signal.SIGTERM)
    assert [process.wait(30) for process in processes] == [0, 0, 0]
    with tarfile.open(f"{HERE}/group-{journal}.tar.gz", "w:gz", compresslevel=9) as packed:
        for name, _, _ in SERVERS:
            packed.add(f"{top}/{name}/data", f"{name}/data")
    with open(f"{HERE}/group-{journal}.json", "w") as listing:
        json.dump(expected, listing, indent=0, sort_keys=True)
    shutil.rmtree(top)


def main(host):
    for journal in ["sql", "segments"]:
        run(os.path.abspath(host), journal)
    with tarfile.open(f"{HERE}/host.tar.gz", "w:gz", compresslevel=9) as packed:
        for name in ["Raft.Host.dll", "Raft.Actors.dll"]:
            packed.add(os.path.join(os.path.dirname(os.path.abspath(host)), name), name)


if __name__ == "__main__":
    main(sys.argv[1])
