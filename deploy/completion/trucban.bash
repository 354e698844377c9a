# SPDX-License-Identifier: GPL-3.0-or-later
# trucban.bash - completion of trucban: commands, options, pages, accounts, policies.

# _trucban_ask KEY ARGUMENT... - the values of KEY in what `trucban --json ARGUMENT...` prints.
# Never starts an agent: completing must not.
_trucban_ask()
{
    local key=$1 home=${TRUCBAN_HOME:-${XDG_DATA_HOME:-$HOME/.local/share}/trucban} i
    shift
    for ((i = 1; i < COMP_CWORD; i++)); do
        [[ ${COMP_WORDS[i]} == --home ]] && home=${COMP_WORDS[i + 1]}
    done
    [[ -S $home/agent.sock ]] || return
    trucban --home "$home" --json "$@" 2> /dev/null |
        sed -n "s/^{.*\"$key\":\"\([A-Za-z0-9-]*\)\".*/\1/p"
}

_trucban()
{
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command='' i words=''
    local commands='accept contacts decline draft duty enroll handover lock page pages policy report resolve
        roster show status suspend test-page unlock verify watch whoami'
    local send='--title --class --text --text-file --policy --tlp --drill --wait'

    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        --home | --lang) ((i++)) ;;
        -*) ;;
        *) command=${COMP_WORDS[i]}; break ;;
        esac
    done

    case $prev in
    --home | --save) mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
    --text-file | --attach | --passphrase-file | --invite-file | --out | -o)
        mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    --lang) words='vi en' ;;
    --class | -c) words='1 2 3' ;;
    --kind | -k) words=$(trucban --json report --kinds 2> /dev/null | sed -n 's/.*"kind":"\([A-Z0-9-]*\)".*/\1/p') ;;
    --tlp) words='red amber+strict amber green clear' ;;
    --policy) words=$(_trucban_ask id policy show) ;;
    --to) words=$(_trucban_ask account contacts) ;;
    --cost) words='minimal interactive moderate' ;;
    --group) words='1 2 3 4 5 6 7 8 9 10 11 12' ;;
    --reason) [[ $command == suspend ]] && words='lost left compromised other' ;;
    esac
    if [[ -n $words ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
        return
    fi

    case $command in
    '') words="$commands --home --json --lang --help --version" ;;
    report) words="$send --attach --kind --kinds --detected-at --system --system-address --system-level --no-state-secrets --draft --save-draft" ;;
    page) words=$send ;;
    draft) words='show clear' ;;
    duty) words='on off --yes' ;;
    accept) words="--eta --override $(_trucban_ask id pages --open)" ;;
    decline) words="--reason --override $(_trucban_ask id pages --open)" ;;
    handover) words="--to --override $(_trucban_ask id pages --open)" ;;
    resolve) words="--reason --override $(_trucban_ask id pages --open)" ;;
    show) words="--save --seen --no-seen $(_trucban_ask id pages)" ;;
    pages) words='--open --max --before' ;;
    watch) words='--for --all' ;;
    status) words='--full' ;;
    test-page) words='--wait' ;;
    enroll) words='--invite-file --device --name --rank --position --unit --phone --email --passphrase-file
        --no-passphrase --cost --wait' ;;
    unlock) words='--passphrase-file --remember' ;;
    verify) words="--group --digits --show $(_trucban_ask account contacts)" ;;
    suspend) words="--reason --yes $(_trucban_ask account contacts)" ;;
    contacts) words=$(_trucban_ask account contacts) ;;
    roster)
        case ${COMP_WORDS[i + 1]-} in
        publish | cosign) mapfile -t COMPREPLY < <(compgen -f -W '--out' -- "$cur"); return ;;
        *) words='log verify requests publish export cosign freshness freshness-key --out' ;;
        esac ;;
    policy)
        case ${COMP_WORDS[i + 1]-} in
        set) mapfile -t COMPREPLY < <(compgen -f -W '--out' -- "$cur"); return ;;
        show) words=$(_trucban_ask id policy show) ;;
        *) words='show set --out' ;;
        esac ;;
    esac
    [[ $cur == -* && -n $command ]] && words+=' --json --help'
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
} && complete -F _trucban trucban
