# fish completion for startup-server.

function __startup_server_is_before_command
    not contains -- -- (commandline -opc)
end

# Behind -- stands a command with arguments of its own.
function __startup_server_command
    set -l tokens (commandline -opc)
    set -l at (contains -i -- -- $tokens)
    set -e tokens[1..$at]
    set -l line (string join ' ' -- (string escape -- $tokens) (commandline -ct))
    complete -C"$line"
end

# One of the words, a colon, and a file.
function __startup_server_prefixed
    set -l token (string replace -r '^--[a-z-]+=' '' -- (commandline -ct))
    if string match -q '*:*' -- $token
        set -l prefix (string replace -r ':.*' ':' -- $token)
        for file in (__fish_complete_path (string replace -r '^[^:]*:' '' -- $token))
            echo $prefix$file
        end
    else
        printf '%s:\n' $argv
    end
end

complete -c startup-server -f
complete -c startup-server -n 'not __startup_server_is_before_command' -a '(__startup_server_command)'
@RULES@
