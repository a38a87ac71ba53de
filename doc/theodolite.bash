# bash completion for theodolite(1): subcommands, options, scan files, stores, values of options,
# live commands, and the parameters of the scan file for "point".  Needs nothing beside bash.
# shellcheck shell=bash disable=SC2207

# Words of a section of a scan file: the keys that stand two blanks in.
_theodolite_names()
{
    [[ -r $1 ]] || return
    awk -v section="$2:" '
        /^[^ #]/ { inside = $1 == section }
        inside && /^  [A-Za-z_][A-Za-z0-9_]*:/ { sub(/:.*/, ""); sub(/^ */, ""); print }' "$1"
}

# Files that end in one of the patterns, and folders.
_theodolite_files()
{
    local IFS=$'\n'
    compopt -o filenames 2> /dev/null
    COMPREPLY=($(compgen -f -X "!$1" -- "$cur") $(compgen -d -- "$cur"))
}

_theodolite_words()
{
    COMPREPLY=($(compgen -W "$1" -- "$cur"))
}

_theodolite()
{
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
    local scans='*.y*ml' stores='*.db' screens='overview map cells points learner log'
    local commands='run integrate generate resume attach stop tell replay snapshot check point status gaps show export plot bench worker'
    COMPREPLY=()

    if ((COMP_CWORD == 1)); then
        _theodolite_words "$commands --help --version"
        return
    fi

    case $prev in
    --db | --onto) _theodolite_files "$stores"; return ;;
    --tools) _theodolite_files "$scans"; return ;;
    -o | --output) compopt -o default 2> /dev/null; return ;;
    --format)
        _theodolite_words "$([[ ${COMP_WORDS[1]} == generate ]] && echo csv lhe || echo csv tsv jsonl slha)"
        return ;;
    --events) _theodolite_files '*.csv'; return ;;
    --workers) _theodolite_words "1 2 4 8 $(getconf _NPROCESSORS_ONLN 2> /dev/null)"; return ;;
    --until)
        if [[ ${COMP_WORDS[1]} == integrate ]]; then
            COMPREPLY=('"error 0.1 %"' '"100000 points"' '"8 h"')
            return
        fi
        COMPREPLY=('"5000 accepted"' '"100000 points"' '"8 h"' '"covered 90 %"')
        return ;;
    --set)
        compopt -o nospace 2> /dev/null
        _theodolite_words 'search.method= search.start= search.batch= search.explore=
            run.workers= run.launcher= run.scratch= goal= seed= target= integrand=
            integrate.method= integrate.measure= integrate.classes= integrate.cuts= integrate.unit='
        return ;;
    --method)
        if [[ ${COMP_WORDS[1]} == integrate ]]; then
            _theodolite_words 'auto cells adaptive cubature plain vegas miser'
            return
        fi
        _theodolite_words 'random sobol classifier regressor'
        return ;;
    --terminal) _theodolite_words 'auto png pdf svg dumb screen'; return ;;
    --heat) _theodolite_words 'found p none'; return ;;
    --size)
        _theodolite_words "$([[ ${COMP_WORDS[1]} == show ]] && echo 80x24 120x40 || echo 1200x900 900x900)"
        return
        ;;
    --screen) _theodolite_words "$screens"; return ;;
    --symbols) _theodolite_words 'ascii utf8 braille auto'; return ;;
    --color) _theodolite_words 'never 8 256 direct auto'; return ;;
    --script) compopt -o default 2> /dev/null; return ;;
    --x | --y) return ;;
    -n | --number | --bins | --calls | --learn | --excess | --from | --seed | --where | --chi2 | --title) return ;;
    esac

    local command=${COMP_WORDS[1]} options='' file='' first=''
    case $command in
    run) options='--db --headless --workers --seed --until --set --tools --color' file=$scans ;;
    integrate) options='--method --db --headless --workers --seed --until --set --tools --color' file=$scans ;;
    generate) options='-o --output --format --seed --excess --calls --learn --workers --set --tools --force --quiet'
        file='*.[yd]*' ;;
    resume) options='--headless --workers --until --scan --tools --force --color' file=$stores ;;
    attach) options='--screen --symbols --color --script' file=$stores ;;
    stop) options='--now' file=$stores ;;
    tell | snapshot) file=$stores ;;
    replay) options='--from --onto' file=$stores ;;
    status) options='--json' file=$stores ;;
    gaps) options='--json -n --number' file=$stores ;;
    bench)
        if ((COMP_CWORD == 2)); then
            _theodolite_words 'slha exec resident plugin idle shells3 rounds score grow store search integrate events --help'
        elif [[ ${COMP_WORDS[2]} == search ]]; then
            _theodolite_words 'shells3 shells3-label shells3-half shells3-fail shells3-turned shells3w
                shells3t shells4-label shells5 shells5-label shells5-turned shells7 turned3-label cos2
                cos2-label himboo himboo-label rosen4 rastrigin5 gshell10 --method
                --seeds --calls --table --verbose --start --batch
                --explore --members --hidden --steps --until'
        elif [[ ${COMP_WORDS[2]} == integrate ]]; then
            _theodolite_words 'a b c camel4 camel8 diagonal ring shell oscillatory product-peak
                corner-peak gaussian c0 discontinuous --method --seeds --calls --table --verbose
                --stopping --cheap'
        elif [[ ${COMP_WORDS[2]} == events ]]; then
            _theodolite_words 'c a b camel4 camel8 discontinuous gaussian c0 ring shell --calls --events
                --most --seeds --help'
        fi
        return
        ;;
    show) options='--size --symbols --styles' file=$stores ;;
    export) options='--format --where -o --output --force' file=$stores ;;
    plot) options='-o --output --x --y --log-x --log-y --linear-x --linear-y --where --heat --chi2
        --events --bins --size --title --terminal' file=$stores ;;
    check) options='--seed --set --tools' file=$scans ;;
    point) options='--quiet --seed --set --tools' file=$scans ;;
    help) _theodolite_words "$commands"; return ;;
    *) return ;;
    esac

    if [[ $cur == -* ]]; then
        _theodolite_words "$options --help"
        return
    fi
    ((COMP_CWORD > 2)) && first=${COMP_WORDS[2]}
    case $command:$first in
    point:?*)
        compopt -o nospace 2> /dev/null
        COMPREPLY=($(compgen -S = -W "$(_theodolite_names "$first" parameters)" -- "$cur")) ;;
    tell:?*)
        ((COMP_CWORD == 3)) && _theodolite_words 'pause resume drain stop cut uncut pin unpin
            inject gaps train calc retry workers batch explore kill timeout note undo' ;;
    plot:?*)
        ((COMP_CWORD == 3)) && _theodolite_words 'scatter corner efficiency volume history cells
            roc calibration profile profile2d heights convergence pulls hist' ;;
    show:?*) ((COMP_CWORD == 3)) && _theodolite_words "$screens help" ;;
    resume:?*) _theodolite_files "$scans" ;;
    *) _theodolite_files "$file" ;;
    esac
}

complete -F _theodolite theodolite
