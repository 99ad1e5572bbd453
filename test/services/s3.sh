#!/usr/bin/env bash
# A real S3 server for tests: versitygw over a folder. It checks signatures and hashes, and knows no life-cycle rules.
#   s3.sh path      where the program stands, whether it does or not
#   s3.sh install   builds it there, once (go; two to four minutes)
set -euo pipefail
VERSION=v1.8.0
folder="${WEIR_TEST_SERVICES:-${XDG_CACHE_HOME:-$HOME/.cache}/weir-test-services}/versitygw-$VERSION"
case ${1:?path or install} in
path) echo "$folder/versitygw" ;;
install)
  if [ -x "$folder/versitygw" ]; then exit 0; fi
  GOBIN="$folder" GOFLAGS=-buildvcs=false go install -trimpath -ldflags '-s -w' "github.com/versity/versitygw/cmd/versitygw@$VERSION"
  ;;
*) echo "s3.sh knows path and install, not $1" >&2; exit 2 ;;
esac
