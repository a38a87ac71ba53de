# strip.awk: C sources without comments, and with empty strings and characters, line for line.
#
# What is left is what a checker may search for calls.  With -v strings=1 strings are kept, for
# those who read #include lines.  Each line is preceded by "FILE:LINE:".
BEGIN { in_comment = 0 }
FNR == 1 { in_comment = 0 }
{
    line = $0
    out = ""
    while (line != "") {
        if (in_comment) {
            end = index(line, "*/")
            if (!end) {
                line = ""
                break
            }
            line = substr(line, end + 2)
            in_comment = 0
            continue
        }
        if (!match(line, /\/\*|\/\/|"|'/)) {
            out = out line
            break
        }
        out = out substr(line, 1, RSTART - 1)
        mark = substr(line, RSTART, RLENGTH)
        line = substr(line, RSTART + RLENGTH)
        if (mark == "//")
            break
        if (mark == "/*") {
            in_comment = 1
            out = out " "
            continue
        }
        body = ""
        while (line != "" && substr(line, 1, 1) != mark) {
            n = substr(line, 1, 1) == "\\" ? 2 : 1
            body = body substr(line, 1, n)
            line = substr(line, n + 1)
        }
        line = substr(line, 2)
        out = out mark (strings ? body : "") mark
    }
    print FILENAME ":" FNR ":" out
}
