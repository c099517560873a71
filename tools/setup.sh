#!/bin/sh
# Set up an environment with exact versions: uv where it is on the path, else venv and pip.
# usage: tools/setup.sh VENV REQUIREMENTS
set -eu
venv=$1
requirements=$2
python=${PYTHON:-python3}

stop() {
  printf 'error: %s\n' "$1" >&2
  exit 2
}

if command -v uv >/dev/null 2>&1; then
  [ -x "$venv/bin/python" ] || uv venv --quiet --python '>=3.11' "$venv" || stop "uv could not find or fetch Python 3.11 or newer; install the package python3.11."
  uv pip install --quiet --compile-bytecode --python "$venv/bin/python" --require-hashes -r "$requirements"
  uv pip install --quiet --python "$venv/bin/python" --no-deps --no-build-isolation -e .
  exit 0
fi

command -v "$python" >/dev/null 2>&1 || stop "no Python here; install the package python3 (3.11 or newer)."
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || stop "Python 3.11 or newer is needed; install the package python3.11 and run: make PYTHON=python3.11 ..."
if [ ! -x "$venv/bin/python" ]; then
  "$python" -m venv "$venv" >/dev/null 2>&1 || {
    rm -rf "$venv"
    if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
      apt-get update -qq >/dev/null 2>&1 && apt-get install -y -qq python3-venv >/dev/null 2>&1 || true
    fi
    "$python" -m venv "$venv" >/dev/null 2>&1 || stop "Python cannot make a virtual environment; install the package python3-venv."
  }
fi
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$requirements"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
