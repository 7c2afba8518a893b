# Read by ../../../bookend in a checkout: finds a JDK, and builds on first use and after a change.
# Takes $home and fail; sets $java, $jar, $archive and $writes_archive.
jar=$home/edge-cli/target/bookend.jar
archive=$home/edge-cli/target/bookend.jsa # loaded classes, which halve the time to start

if [ -n "${JAVA_HOME:-}" ]; then
  java=$JAVA_HOME/bin/java
  [ -x "$java" ] || fail "JAVA_HOME is '$JAVA_HOME', but there is no $java"
else
  java=$(command -v java) || fail "no 'java' found; install a JDK, version 17 or newer"
fi

sources_changed() {
  [ ! -f "$jar" ] || [ -n "$(find "$home/pom.xml" "$home"/*/pom.xml "$home"/*/src/main \
    -type f -newer "$jar" -print 2>/dev/null | head -n 1)" ]
}

# One build at a time; the lock is a link to the process that holds it.
lock() {
  until ln -s "$$" "$lock" 2>/dev/null; do
    owner=$(readlink "$lock") || continue
    kill -0 "$owner" 2>/dev/null || rm -f "$lock"
    sleep 1
  done
  trap 'rm -f "$lock"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
}

unlock() {
  trap - EXIT INT TERM
  rm -f "$lock"
}

build() {
  maven=$(command -v mvn) || maven=$home/mvnw
  log=$home/target/build.log
  rm -rf "$home/edge-cli/target/lib" # no libraries of an older version
  echo "bookend: building (once; the log is in $log) ..." >&2
  # In a directory of our own: Maven reads settings for the JVM from .mvn in the working directory.
  (cd "$home" && "$maven" -B -f "$home/pom.xml" -pl edge-cli -am -DskipTests -DskipChecks package) >"$log" 2>&1 || {
    grep -m 5 -E 'ERROR|JAVA_HOME|not found' "$log" >&2 || tail -n 5 "$log" >&2
    fail "the build failed; $log has the details"
  }
  touch "$jar"
  rm -f "$archive" "$archive".*
}

if sources_changed; then
  mkdir -p "$home/target" 2>/dev/null || :
  [ -w "$home/target" ] || fail "must be built, but $home/target cannot be written to"
  lock=$home/target/build.lock
  lock
  if sources_changed; then # another run may just have built
    build
  fi
  unlock
fi

# Java writes the archive at its end, under its process id, and the next run takes it: this shell waits
# for nothing, so that Ctrl-C and signals are Java's own. Only a run that opens a model loads the classes
# that make a start slow; the archive of one that did not would stay, and be of little use.
writes_archive=
if [ ! -f "$archive" ] && [ -w "$home/edge-cli/target" ]; then
  for written in "$archive".*; do
    if [ -f "$written" ] && ! kill -0 "${written##*.}" 2>/dev/null; then
      if [ "$(wc -c <"$written")" -ge 16000000 ]; then
        mv "$written" "$archive" 2>/dev/null || true
      else
        rm -f "$written" # such a run, or one that failed early
      fi
    fi
  done
  for word; do
    case $word in
      generate | chat | serve | bench | verify | eval) [ -f "$archive" ] || writes_archive=yes ;;
    esac
  done
fi
