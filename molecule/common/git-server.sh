#!/bin/sh
# Serve http://127.0.0.1:8418/git/demo on this node: two packages in one repository. Its tags v1 and v2 are commits that say the
# same version 1.0 of themselves; v2 is the branch main. Expects the test suite's server as /srv/index.py.
set -eu
export GIT_AUTHOR_NAME=demo GIT_AUTHOR_EMAIL=demo@example.com GIT_COMMITTER_NAME=demo GIT_COMMITTER_EMAIL=demo@example.com
mkdir -p /srv/git/demo/more
cd /srv/git/demo
git init --quiet --initial-branch=main
project() {
    printf '[build-system]\nrequires = ["flit_core==3.12.0"]\nbuild-backend = "flit_core.buildapi"\n\n'
    printf '[project]\nname = "%s"\nversion = "1.0"\ndescription = "%s"\n' "$1" "$1"
}
project demo_one >pyproject.toml
project demo_two >more/pyproject.toml
for tag in v1 v2; do
    echo "TAG = '$tag'" | tee demo_one.py >more/demo_two.py
    git add .
    git commit --quiet --message="$tag"
    git tag "$tag"
done
cd /srv
serve='import pathlib, signal, index; server = index.Index(pathlib.Path("/srv"), 8418).running(); server.__enter__(); signal.pause()'
setsid python3 -B -c "$serve" >/srv/index.log 2>&1 </dev/null &
echo $! >/srv/index.pid
