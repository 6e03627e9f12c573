#!/bin/sh
# One consistent cut of the Compose system: ./deploy/backup.sh FOLDER
# The nodes stop while it is taken, so that accounts, conversations and files belong to one moment; clients reconnect
# and catch up by themselves. Whatever happens on the way, the nodes are started again.
set -eu
[ $# -eq 1 ] || { echo "usage: $0 FOLDER" >&2; exit 2; }
cd "$(dirname "$0")/.."
[ -f .env ] || { echo "no .env beside docker-compose.yml: its passwords are needed" >&2; exit 2; }
case $1 in /*) to=$1 ;; *) echo "give the folder from the root: /backups/monday" >&2; exit 2 ;; esac
[ ! -e "$to" ] || { echo "$to exists already" >&2; exit 2; }
nodes="api-1 api-2 chat-1 chat-2 notifications users uploads"

umask 077
part=$to.part
rm -rf "$part" && mkdir -p "$part"
trap 'docker compose start $nodes' EXIT
trap 'exit 1' INT TERM HUP
docker compose stop $nodes

docker compose exec -T postgres pg_dump -U chat -d chat --format=custom > "$part/accounts.dump"
docker compose exec -T mongodb sh -c 'mongodump --quiet --archive --gzip --db chat \
  -u "$MONGO_INITDB_ROOT_USERNAME" -p "$MONGO_INITDB_ROOT_PASSWORD" --authenticationDatabase admin' > "$part/chat.archive.gz"
docker compose run --rm -T --no-deps --entrypoint tar uploads -C /uploads -cf - . > "$part/uploads.tar"
cp .env "$part/env" # the secrets that sign tokens
(cd "$part" && sha256sum accounts.dump chat.archive.gz uploads.tar env > SHA256SUMS)
mv "$part" "$to"
echo "backed up to $to"
