# shellcheck shell=bash
# stage.sh HASH REPOSITORY: the release with its assets, from this host's mirror. A release that is there stays.
set -eu
cd /opt/bench/floor
release=releases/$1
[ ! -e "$release/REVISION" ] || exit 0
if [ ! -d mirror ]; then git clone --quiet --mirror "$2" mirror; fi
git -C mirror fetch --quiet origin
mkdir -p "$release"
git -C mirror archive "$1" | tar -x -C "$release"
make --silent -C "$release" css js DEPLOY_RELEASE="$1"
echo "$1" > "$release/REVISION"
