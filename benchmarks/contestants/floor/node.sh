# shellcheck shell=bash
# node.sh switch|restart|stable HASH [SERVICE]: makes a release current; restarts what runs it, and proves it.
set -eu
pids() { supervisorctl pid "$1" | tr '\n' ' '; }
case $1 in
switch | restart)
    ln -sfnT "/opt/bench/floor/releases/$2" /opt/bench/floor/current.new
    mv -T /opt/bench/floor/current.new /opt/bench/floor/current
    ;;
esac
[ "$1" != restart ] || supervisorctl restart "$3" > /dev/null
[ "${3-}" = openlibrary ] || exit 0
url=http://127.0.0.1:7071
case $1 in
restart)
    until curl --silent --fail --max-time 2 $url/health > /dev/null; do sleep 0.05; done
    ;;
stable)
    before=$(pids "$3")
    sleep 1
    [ "$(pids "$3")" = "$before" ]
    curl --silent --fail --max-time 2 $url/version | grep -q "$2"
    ;;
esac
