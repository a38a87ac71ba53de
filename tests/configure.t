#!/bin/sh
# configure: its options, what it says when much is missing, and --install-deps with a false apt.
set -u
. "$TH_SRC/tests/tap.sh"

configure=$TH_SRC/configure
real_cc=${CC:-cc}
unset CC CFLAGS CPPFLAGS LDFLAGS LIBS PKG_CONFIG_PATH PKG_CONFIG_LIBDIR
mkdir "$TMPDIR/build" "$TMPDIR/bin"
cd "$TMPDIR/build" || exit 1
PATH=$TMPDIR/bin:$PATH

exits 0 "--help" sh "$configure" --help
for option in --prefix --bindir --install-deps --enable-debug --enable-sanitizers \
    --enable-coverage --enable-werror --disable-tui; do
    contains "$TMPDIR/said" "  $option" "--help tells of $option"
done

exits 1 "an unknown option is an error" sh "$configure" --enable-sanitiser
contains "$TMPDIR/said" "did you mean --enable-sanitizers?" "and the nearest is named"
exits 1 "so is one with a value" sh "$configure" --prefx=/usr
contains "$TMPDIR/said" "did you mean --prefix?" "and the nearest is named"
exits 1 "an option like no other" sh "$configure" --with-fortran-bindings-everywhere
is "$(grep -c 'did you mean' "$TMPDIR/said")" 0 "has no nearest"
exits 1 "a relative prefix" sh "$configure" --prefix=here
contains "$TMPDIR/said" "--prefix needs an absolute path, not 'here'" "is refused"
exits 1 "a prefix without a value" sh "$configure" --prefix
exits 1 "a compiler that makes nothing" sh "$configure" CC=false
contains "$TMPDIR/said" "makes no program of C17" "is told"

# A host where GSL, libfyaml and muParser are missing until "apt-get install" has run.
cat > "$TMPDIR/bin/partcc" <<END
#!/bin/sh
if [ ! -e "$TMPDIR/installed" ]; then
    case " \$* " in *" -lgsl "* | *" -lfyaml "* | *" -lmuparser "*) exit 1 ;; esac
fi
exec $real_cc "\$@"
END
cat > "$TMPDIR/bin/apt-get" <<END
#!/bin/sh
echo "\$DEBIAN_FRONTEND: \$*" >> "$TMPDIR/apt.log"
[ "\$1" != install ] || touch "$TMPDIR/installed"
END
cat > "$TMPDIR/bin/sudo" <<'END'
#!/bin/sh
exec "$@"
END
chmod +x "$TMPDIR"/bin/*
unset DEBIAN_FRONTEND
DEBIAN_FRONTEND=

exits 1 "missing libraries are an error" sh "$configure" CC=partcc
contains "$TMPDIR/said" "  gsl: GNU Scientific Library" "which names one"
contains "$TMPDIR/said" "  libfyaml: " "and another"
contains "$TMPDIR/said" "  muparser: " "and the third"
is "$(grep -c 'apt-get install' "$TMPDIR/said")" 1 "with one line that installs"
matches "$TMPDIR/said" 'apt-get install.* libfyaml-dev libmuparser-dev.* libgsl-dev' "all of them"
is "$(ls "$TMPDIR/build")" config.log "nothing but the log is left"
is "$(test -e "$TMPDIR/apt.log" && echo called)" "" "and nothing was installed unasked"

exits 1 "without pkg-config" sh "$configure" CC=partcc PKG_CONFIG=no-such-pkg-config
matches "$TMPDIR/said" 'apt-get install.* pkg-config' "that is among the missing"

exits 0 "--install-deps goes on" sh "$configure" --install-deps CC=partcc --prefix=/opt/th
contains "$TMPDIR/apt.log" ": update" "after apt-get update"
matches "$TMPDIR/apt.log" '^noninteractive: install -y .*libgsl-dev' "and an install that asks nothing"
rm -f "$TMPDIR/apt.log"
exits 0 "--install-deps again" sh "$configure" --install-deps CC=partcc --prefix=/opt/th
is "$(test -e "$TMPDIR/apt.log" && grep -v gnuplot "$TMPDIR/apt.log" | grep install)" "" \
    "has nothing left to install"

contains config.h '#define TH_PLUGIN_DIR "/opt/th/lib/theodolite/plugins"' "folders follow --prefix"
contains config.mk 'mandir = /opt/th/share/man' "the manual's too"
contains config.mk 'CC = partcc' "CC is kept"

cp -p config.mk before.mk
exits 0 "the same again" sh "$configure" CC=partcc --prefix=/opt/th
is "$(find config.mk -newer before.mk)" "" "leaves config.mk untouched, so nothing is rebuilt"
exits 0 "with other options" sh "$configure" CC=partcc --enable-debug --disable-tui --enable-werror
contains config.mk '-O0 -g3' "--enable-debug"
contains config.mk '-Werror' "--enable-werror"
contains config.h '#define TH_HAVE_TUI 0' "--disable-tui"
is "$(grep -c ncurses config.mk)" 0 "is without ncurses"

mkdir "$TMPDIR/with blank"
cd "$TMPDIR/with blank" || exit 1
exits 1 "a folder with a blank in its name" sh "$configure"
contains "$TMPDIR/said" "paths with blanks" "is refused with the reason"

done_testing
