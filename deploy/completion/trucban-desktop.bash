# SPDX-License-Identifier: GPL-3.0-or-later
# trucban-desktop.bash - completion of trucban-desktop: options, languages, pages.

# The printed ids of pages, from an agent that runs already: completing never starts one.
_trucban_desktop_pages()
{
    local home=${TRUCBAN_HOME:-${XDG_DATA_HOME:-$HOME/.local/share}/trucban} i
    for ((i = 1; i < COMP_CWORD; i++)); do
        [[ ${COMP_WORDS[i]} == --home ]] && home=${COMP_WORDS[i + 1]}
    done
    [[ -S $home/agent.sock ]] || return
    trucban --home "$home" --json pages 2> /dev/null | sed -n 's/^{.*"id":"\([0-9a-f]*\)".*/\1/p'
}

_trucban_desktop()
{
    local cur=${COMP_WORDS[COMP_CWORD]} words

    case ${COMP_WORDS[COMP_CWORD - 1]} in
    --home) mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
    --lang) words='vi en' ;;
    --page) words=$(_trucban_desktop_pages) ;;
    *) words='--home --lang --page --report --test-alarm --hidden --help --version' ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
} && complete -F _trucban_desktop trucban-desktop
