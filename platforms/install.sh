#!/usr/bin/env bash
# Puts the tools of the platform checks in place: R, a browser, Java and Node from Debian, the rest beside the project.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=.venv-platforms
declare -A debian=(
  [Rscript]="r-base-core" [chromium]="chromium" [java]="default-jre-headless" [node]="nodejs" [npm]="npm"
  [pdftotext]="poppler-utils" [lualatex]="texlive-luatex texlive-latex-recommended"
)
declare -A debian_of_r=(
  [lavaan]="r-cran-lavaan" [psych]="r-cran-psych" [semTools]="r-cran-semtools"
  [GPArotation]="r-cran-gparotation" [jsonlite]="r-cran-jsonlite" [MASS]="r-cran-mass" [mgcv]="r-cran-mgcv"
  [nnet]="r-cran-nnet" [survey]="r-cran-survey" [emmeans]="r-cran-emmeans" [sandwich]="r-cran-sandwich"
  [VGAM]="r-cran-vgam"
)

# Names of the Debian packages that are still needed, one a line.
missing_packages() {
  local tool package
  for tool in "${!debian[@]}"; do
    command -v "$tool" >/dev/null || printf '%s\n' ${debian[$tool]}
  done
  for package in "${!debian_of_r[@]}"; do
    Rscript -e "quit(status = !requireNamespace('$package', quietly = TRUE))" >/dev/null 2>&1 ||
      echo "${debian_of_r[$package]}"
  done
}

install_debian_packages() {
  local missing
  mapfile -t missing < <(missing_packages)
  [ "${#missing[@]}" -eq 0 ] && return
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "Missing for the platform checks: ${missing[*]} (names of Debian packages). Install them and try again." >&2
    exit 1
  fi
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
}

# pyxform pins versions exactly, so it lives apart from the project's own environment.
install_python_packages() {
  [ "$venv/ready" -nt platforms/requirements.lock ] && return
  "${PYTHON:-python3}" -m venv "$venv"
  "$venv/bin/python" -m pip install --quiet --no-deps --require-hashes --only-binary :all: \
    --ignore-requires-python -r platforms/requirements.lock
  touch "$venv/ready"
}

install_node_packages() {
  [ platforms/node_modules/ready -nt platforms/package-lock.json ] && return
  npm ci --prefix platforms --ignore-scripts --silent
  touch platforms/node_modules/ready
}

install_debian_packages
install_python_packages
install_node_packages
