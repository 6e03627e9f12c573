#!/bin/sh
# Puts back what deploy/backup.sh took, into a Compose system without nodes running: ./deploy/restore.sh FOLDER
# It replaces what is there: accounts, conversations and files. RabbitMQ is emptied: the facts on their way tell of
# messages that are no more; those of restored messages are published again from the conversations.
set -eu
[ $# -eq 1 ] || { echo "usage: $0 FOLDER" >&2; exit 2; }
case $1 in /*) from=$1 ;; *) echo "give the folder from the root: /backups/monday" >&2; exit 2 ;; esac
cd "$(dirname "$0")/.."
(cd "$from" && sha256sum -c --quiet SHA256SUMS) || { echo "$from is damaged: nothing was changed" >&2; exit 1; }
[ -f .env ] || { cp "$from/env" .env && chmod 600 .env; }
nodes="api-1 api-2 chat-1 chat-2 notifications users uploads"

docker compose stop $nodes
docker compose up -d --wait postgres mongodb rabbitmq
docker compose exec -T postgres psql -qU chat -d chat -v ON_ERROR_STOP=1 -c 'DROP SCHEMA public CASCADE; CREATE SCHEMA public'
docker compose exec -T postgres pg_restore -U chat -d chat --single-transaction --exit-on-error < "$from/accounts.dump"
docker compose exec -T mongodb sh -c 'set -- -u "$MONGO_INITDB_ROOT_USERNAME" -p "$MONGO_INITDB_ROOT_PASSWORD" --authenticationDatabase admin
  mongosh --quiet "$@" --eval "db.getSiblingDB(\"chat\").dropDatabase()" < /dev/null && mongorestore --quiet --archive --gzip "$@"' < "$from/chat.archive.gz"
docker compose run --rm -T --no-deps --entrypoint sh uploads -c 'find /uploads -mindepth 1 -delete && tar -C /uploads -xf -' < "$from/uploads.tar"
docker compose exec -T rabbitmq sh -c 'rabbitmqctl -q stop_app && rabbitmqctl -q reset && rabbitmqctl -q start_app'
docker compose up -d
echo "restored from $from"
