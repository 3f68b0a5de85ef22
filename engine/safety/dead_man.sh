#!/bin/sh
# The dead-man: cancels, latches and alarms when the engine of a home is dead, frozen or silent.
#
#   dead_man.sh CONF          judge the heartbeat once and act; let systemd or cron run it at least every minute
#   dead_man.sh --check CONF  say what is set, what is missing and how the heartbeat looks; sends and changes nothing
#   dead_man.sh --test CONF   log in at the venue and send a test message by the second path; cancels and latches nothing
#
# Exit codes: 0 the engine lives, or its end is planned, or the machine has just started; 1 fired, and all that is
# configured was done; 2 usage or configuration; 3 fired or owed, and something could not be done: the next run tries
# again; 4 a promised digest is missing; 75 another run is at work.
#
# Rules of this file: POSIX sh with ls, date, mv, rm, sync and sleep; curl only when something is sent; nothing of the
# engine's own. Age is machine uptime, never the wall clock, which may be stepped. Doubt fires. Secrets come from CONF,
# which is parsed and never sourced, and reach curl on its standard input: no command line and no output shows them.
# docs/operations.md, "Dead-man", tells how to install it.

set -u
set -f
umask 077
LC_ALL=C
export LC_ALL

TRIES_MAX=3
HEARTBEAT_BYTES_MAX=4096
LOCK_AGE_MAX_S=300
FUTURE_MAX_S=2

say() {
    printf '%s\n' "$*"
}

refuse() {
    printf 'dead_man: %s\n' "$*" >&2
    exit 2
}

# Digits only, no octal, short enough for the shell's arithmetic.
is_number() {
    case $1 in
        '' | *[!0-9]* | 0?* | ????????????*) return 1 ;;
    esac
}

is_loopback() {
    case $1 in
        *[!A-Za-z0-9:/._-]*) return 1 ;;
        http://127.0.0.1:* | http://localhost:*) return 0 ;;
    esac
    return 1
}

# --- configuration ----------------------------------------------------------------------------------------------------

home='' unit='' state_dir=''
max_age_s=120 boot_grace_s=120 planned_stop_max_s=900 digest_late_s=1800 retry_pause_s=2 command_limit_s=30
venue='' venue_url='' testnet_client_id='' testnet_client_secret='' mainnet_client_id='' mainnet_client_secret=''
cancel_command='' alert_command='' alert_url=''
alert_telegram_token='' alert_telegram_chat='' alert_telegram_url=https://api.telegram.org

read_conf() {
    [ -f "$conf" ] && [ -r "$conf" ] || refuse "$conf: cannot be read"
    case $(ls -ldL "$conf") in
        -???------*) ;;
        *) refuse "$conf: others on this machine can read or write it; run: chmod 600 $conf" ;;
    esac
    number=0
    while IFS= read -r line || [ -n "$line" ]; do
        number=$((number + 1))
        case $line in
            '' | '#'*) continue ;;
            *[[:cntrl:]]*) refuse "$conf:$number: a control character" ;;
            *=*) set_key "${line%%=*}" "${line#*=}" ;;
            *) refuse "$conf:$number: not key=value" ;;
        esac
    done <"$conf"
}

# A line is never quoted back: it may hold a secret.
set_key() {
    case $1 in
        *_command) ;;
        *) case $2 in *['"\']*) refuse "$conf:$number: a quote or backslash; values stand as they are" ;; esac ;;
    esac
    case $1 in
        *_s) is_number "$2" && [ "$2" -le 86400 ] || refuse "$conf:$number: no number of seconds up to 86400" ;;
    esac
    # Only names of this list are ever assigned.
    case $1 in
        home | unit | state_dir | max_age_s | boot_grace_s | planned_stop_max_s | digest_late_s | retry_pause_s | command_limit_s) ;;
        venue | venue_url | testnet_client_id | testnet_client_secret | mainnet_client_id | mainnet_client_secret | cancel_command) ;;
        alert_command | alert_url | alert_telegram_token | alert_telegram_chat | alert_telegram_url) ;;
        *) refuse "$conf:$number: unknown key" ;;
    esac
    eval "$1=\$2"
}

check_conf() {
    case $home in
        /*) ;;
        *) refuse "$conf: home= must be an absolute path" ;;
    esac
    [ "$max_age_s" -gt 0 ] && [ "$command_limit_s" -gt 0 ] || refuse "$conf: max_age_s and command_limit_s must be above 0"
    case $conf in
        */*) [ -n "$state_dir" ] || state_dir=${conf%/*} ;;
        *) [ -n "$state_dir" ] || state_dir=. ;;
    esac
    check_venue
    check_alert
}

# One file knows one exchange: a key can never be sent to the other one.
check_venue() {
    client_id='' client_secret=''
    case $venue in
        '') [ -z "$testnet_client_id$testnet_client_secret$mainnet_client_id$mainnet_client_secret$venue_url" ] || refuse "$conf: keys without venue=" ;;
        deribit-testnet)
            [ -z "$mainnet_client_id$mainnet_client_secret" ] || refuse "$conf: testnet and mainnet mixed; one file is for one of them"
            client_id=$testnet_client_id client_secret=$testnet_client_secret api=https://test.deribit.com/api/v2
            ;;
        deribit-mainnet)
            [ -z "$testnet_client_id$testnet_client_secret" ] || refuse "$conf: testnet and mainnet mixed; one file is for one of them"
            client_id=$mainnet_client_id client_secret=$mainnet_client_secret api=https://www.deribit.com/api/v2
            ;;
        *) refuse "$conf: venue= is deribit-testnet or deribit-mainnet" ;;
    esac
    [ -n "$venue" ] || return 0
    [ -z "$cancel_command" ] || refuse "$conf: venue= and cancel_command= exclude each other"
    case $client_id in '' | *[!A-Za-z0-9_-]*) refuse "$conf: ${venue#deribit-}_client_id is missing or no client id" ;; esac
    case $client_secret in '' | *[!A-Za-z0-9_-]*) refuse "$conf: ${venue#deribit-}_client_secret is missing or no client secret" ;; esac
    [ -n "$venue_url" ] || return 0
    is_loopback "$venue_url" || refuse "$conf: venue_url= may name this machine only, for drills; the exchange is chosen by venue="
    api=$venue_url
}

check_alert() {
    case $alert_url in
        '' | https://*) ;;
        *) is_loopback "$alert_url" || refuse "$conf: alert_url= must begin with https://" ;;
    esac
    [ -n "$alert_telegram_token$alert_telegram_chat" ] || return 0
    case $alert_telegram_token in
        *[!A-Za-z0-9:_-]*) refuse "$conf: alert_telegram_token is no bot token" ;;
        *:*) ;;
        *) refuse "$conf: alert_telegram_token is missing or no bot token" ;;
    esac
    case $alert_telegram_chat in
        '' | -) refuse "$conf: alert_telegram_chat is missing" ;;
        *[!0-9A-Za-z_@-]*) refuse "$conf: alert_telegram_chat is no chat" ;;
    esac
    case $alert_telegram_url in
        https://*) ;;
        *) is_loopback "$alert_telegram_url" || refuse "$conf: alert_telegram_url= must begin with https://" ;;
    esac
}

# --- judgement --------------------------------------------------------------------------------------------------------

# The present on this machine; `up` is empty where the machine does not tell.
read_now() {
    up='' boot='' host=''
    read -r up rest 2>/dev/null </proc/uptime
    read -r boot 2>/dev/null </proc/sys/kernel/random/boot_id
    read -r host 2>/dev/null </proc/sys/kernel/hostname
    up=${up%%.*}
    is_number "$up" && [ -n "$boot" ] || up=''
    case $host in '' | *[!A-Za-z0-9._-]*) host='this machine' ;; esac
}

# `verdict` is alive, planned, starting or dead, and `why` says so in words.
judge() {
    verdict=dead
    hb_format='' hb_boot='' hb_up='' hb_pid='' hb_wall='' hb_stage='' hb_origin='' hb_seq='' hb_hash='' hb_digest='' hb_digest_up='' hb_planned=''
    hb_last=''
    if [ ! -d "$home" ]; then
        why='the home folder is gone'
    elif [ ! -e "$home/heartbeat" ]; then
        why='there is no heartbeat file'
    elif [ ! -f "$home/heartbeat" ] || [ ! -r "$home/heartbeat" ]; then
        why='the heartbeat file cannot be read'
    elif ! read_heartbeat; then
        why='the heartbeat file is empty, cut off or not a heartbeat'
    elif [ -z "$up" ]; then
        why='this machine does not tell its uptime and boot id, so no age can be judged'
    elif [ "$hb_boot" != "$boot" ]; then
        judge_after_reboot
    else
        judge_age
    fi
}

# True when every line that the judgement needs is there and makes sense.
read_heartbeat() {
    set -- $(ls -lnL "$home/heartbeat")
    is_number "${5-}" && [ "$5" -le "$HEARTBEAT_BYTES_MAX" ] || return 1
    while IFS= read -r line || [ -n "$line" ]; do
        hb_last=$line
        case $line in
            format=*) hb_format=${line#*=} ;;
            boot_id=*) hb_boot=${line#*=} ;;
            uptime_s=*) hb_up=${line#*=} ;;
            pid=*) hb_pid=${line#*=} ;;
            wall=*) hb_wall=${line#*=} ;;
            stage=*) hb_stage=${line#*=} ;;
            origin=*) hb_origin=${line#*=} ;;
            audit_seq=*) hb_seq=${line#*=} ;;
            audit_hash=*) hb_hash=${line#*=} ;;
            digest_due_utc=*) hb_digest=${line#*=} ;;
            digest_due_uptime_s=*) hb_digest_up=${line#*=} ;;
            planned_stop_until_uptime_s=*) hb_planned=${line#*=} ;;
        esac
    done 2>/dev/null <"$home/heartbeat"
    [ "$hb_format" = 1 ] && [ "$hb_last" = 'end=1' ] && [ -n "$hb_boot" ] && is_number "$hb_up" || return 1
    # These are only told, never judged by; what does not look like one is not told.
    case $hb_pid in *[!0-9]*) hb_pid='' ;; esac
    case $hb_seq in *[!0-9]*) hb_seq='' ;; esac
    case $hb_hash in *[!0-9a-f]*) hb_hash='' ;; esac
    case $hb_stage$hb_origin in *[!a-z]*) hb_stage='' hb_origin='' ;; esac
    case $hb_wall in *[!0-9TZ:-]*) hb_wall='' ;; esac
    case $hb_digest in *[!0-9TZ:-]*) hb_digest='' ;; esac
}

judge_after_reboot() {
    why='the machine has restarted and the engine has not come back'
    [ "$up" -lt "$boot_grace_s" ] || return 0
    if [ -n "$unit" ] && [ "$(systemctl is-active "$unit" 2>/dev/null)" = failed ]; then
        why="the machine has restarted and $unit has failed"
        return 0
    fi
    verdict=starting why="the machine started $up s ago; the engine has until $boot_grace_s s"
}

judge_age() {
    if [ "$hb_up" -gt $((up + FUTURE_MAX_S)) ]; then
        why='the heartbeat is from the future'
        return 0
    fi
    age=$((up - hb_up))
    [ "$age" -ge 0 ] || age=0
    if is_number "$hb_planned" && [ "$hb_planned" -gt "$hb_up" ]; then
        judge_planned_stop
    elif [ "$age" -gt "$max_age_s" ]; then
        why="the heartbeat is $age s old, the limit is $max_age_s s"
    else
        verdict=alive why="the heartbeat is $age s old"
    fi
}

# The marker may shorten its time, never lengthen it beyond what CONF allows.
judge_planned_stop() {
    until_s=$((hb_up + planned_stop_max_s))
    [ "$hb_planned" -ge "$until_s" ] || until_s=$hb_planned
    if [ "$up" -le "$until_s" ]; then
        verdict=planned why="the engine was stopped on purpose $age s ago; it counts as planned for another $((until_s - up)) s"
    else
        why="the engine was stopped on purpose $age s ago and has not come back in time"
    fi
}

# --- memory -----------------------------------------------------------------------------------------------------------

read_state() {
    st_fired=0 st_boot='' st_since=0 st_told=0 st_alerts=0 st_next=0 st_cancelled=0 st_digest=''
    [ -f "$state_dir/dead_man.state" ] || return 0
    while IFS= read -r line; do
        value=${line#*=}
        case $line in
            boot_id=*) st_boot=$value ;;
            digest_told=*) st_digest=$value ;;
        esac
        is_number "$value" || continue
        case $line in
            fired=*) st_fired=$value ;;
            since_s=*) st_since=$value ;;
            first_told_s=*) st_told=$value ;;
            alerts=*) st_alerts=$value ;;
            next_alert_s=*) st_next=$value ;;
            cancelled=*) st_cancelled=$value ;;
        esac
    done 2>/dev/null <"$state_dir/dead_man.state"
}

save_state() {
    {
        printf 'fired=%s\nboot_id=%s\nsince_s=%s\nfirst_told_s=%s\n' "$st_fired" "$st_boot" "$st_since" "$st_told"
        printf 'alerts=%s\nnext_alert_s=%s\ncancelled=%s\ndigest_told=%s\n' "$st_alerts" "$st_next" "$st_cancelled" "$st_digest"
    } 2>/dev/null >"$state_dir/dead_man.state.new" && mv -f "$state_dir/dead_man.state.new" "$state_dir/dead_man.state" 2>/dev/null && return 0
    say "dead_man: $state_dir cannot be written: every run fires anew"
}

# A run that still tries holds the next one off; one that died, or another boot's, does not. Without a folder to write in there is no lock.
take_lock() {
    lock=$state_dir/dead_man.lock
    make_lock && return 0
    holder='' locked_s='' locked_boot=''
    read -r holder locked_s locked_boot 2>/dev/null <"$lock"
    if is_number "$holder" && is_number "$locked_s" && [ "$locked_boot" = "$boot" ] && [ -n "$up" ]; then
        [ $((up - locked_s)) -le "$LOCK_AGE_MAX_S" ] && kill -0 "$holder" 2>/dev/null && exit 75
    fi
    rm -f "$lock" 2>/dev/null
    make_lock
    return 0
}

make_lock() {
    (set -C && printf '%s %s %s\n' "$$" "${up:-0}" "$boot" >"$lock") 2>/dev/null || return 1
    trap 'rm -f "$lock"' EXIT
    trap 'exit 3' HUP INT TERM
}

# --- deeds ------------------------------------------------------------------------------------------------------------

# Runs a deed until it succeeds, at most TRIES_MAX times.
insist() {
    tried=1
    until "$@"; do
        [ "$tried" -lt "$TRIES_MAX" ] || return 1
        tried=$((tried + 1))
        sleep "$retry_pause_s"
    done
}

# The command $1, with the text $2 on its standard input, has ended well within command_limit_s.
run_command() {
    (eval "exec $1") >/dev/null 2>&1 <<EOF &
$2
EOF
    child=$!
    (
        nap=''
        trap 'kill "$nap"; exit 0' TERM
        sleep "$command_limit_s" &
        nap=$!
        wait "$nap"
        kill "$child"
        sleep 2
        kill -9 "$child"
    ) >/dev/null 2>&1 &
    watcher=$!
    wait "$child"
    ended=$?
    kill "$watcher" 2>/dev/null
    return "$ended"
}

# curl with the options every call has; the rest, secrets among it, comes on standard input.
ask() {
    case $1 in
        https://*) scheme='=https' ;;
        *) scheme='=http' ;;
    esac
    curl -q --silent --fail --globoff --connect-timeout 5 --max-time 10 --max-filesize 65536 --proto "$scheme" --config - 2>/dev/null
}

# The kill file stands, in the form the engine's switch writes; where it stood before, its reason stays.
latch() {
    kill_said='KILL is set'
    [ ! -e "$home/KILL" ] && [ ! -L "$home/KILL" ] || return 0
    at=$(date -u +%Y-%m-%dT%H:%M:%S+00:00 2>/dev/null)
    text="{\"reason\": \"dead-man: $why\", \"source\": \"dead-man\", \"at\": \"$at\"}"
    # On a full disk the engine's reserved file is renamed into place and written where it lies.
    (set -C && printf '%s\n' "$text" >"$home/KILL") 2>/dev/null ||
        { mv -f "$home/.kill-reserve" "$home/KILL" && printf '%s' "$text" 1<>"$home/KILL"; } 2>/dev/null
    if [ ! -e "$home/KILL" ]; then
        kill_said="KILL could NOT be set in $home"
        return 1
    fi
    sync "$home/KILL" "$home" 2>/dev/null
    return 0
}

cancel_orders() {
    if [ -n "$cancel_command" ]; then
        cancel_said='the cancel command has run'
        insist run_command "$cancel_command" "dead-man: $why" && return 0
        cancel_said="the cancel command FAILED $TRIES_MAX times"
    elif [ -n "$venue" ]; then
        insist deribit_cancel && cancel_said="cancel_all at $venue done, orders cancelled: $cancelled" && return 0
        cancel_said="cancel_all at $venue FAILED $TRIES_MAX times ($failed)"
    else
        cancel_said='no way to cancel at the venue is configured'
        return 0
    fi
    return 1
}

deribit_login() {
    reply=$(ask "$api" <<EOF
url = "$api/public/auth"
header = "Content-Type: application/json"
data-binary = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"public/auth\",\"params\":{\"grant_type\":\"client_credentials\",\"client_id\":\"$client_id\",\"client_secret\":\"$client_secret\"}}"
EOF
    ) || { failed="login, curl code $?" && return 1; }
    failed='login, no token in the answer'
    token=${reply#*'"access_token":'}
    [ "$token" != "$reply" ] || return 1
    token=${token#*'"'}
    token=${token%%'"'*}
    case $token in '' | *[!A-Za-z0-9._~+/=-]*) return 1 ;; esac
}

deribit_cancel() {
    deribit_login || return 1
    reply=$(ask "$api" <<EOF
url = "$api/private/cancel_all"
header = "Content-Type: application/json"
header = "Authorization: Bearer $token"
data-binary = "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"private/cancel_all\",\"params\":{}}"
EOF
    ) || { failed="cancel_all, curl code $?" && return 1; }
    failed='cancel_all, no count in the answer'
    cancelled=${reply#*'"result":'}
    [ "$cancelled" != "$reply" ] || return 1
    cancelled=${cancelled# }
    cancelled=${cancelled%%[!0-9]*}
    is_number "$cancelled"
}

# The text has gone out by at least one of the configured ways; it is printed in any case. Texts hold no quote and no backslash.
tell() {
    message="Cerbero Bite dead-man on $host: $1"
    say "$message"
    [ -n "$alert_command$alert_telegram_token$alert_url" ] || return 0
    is_told=1
    if [ -n "$alert_command" ]; then
        insist run_command "$alert_command" "$message" && is_told=0 || say 'dead_man: the alert command failed'
    fi
    if [ -n "$alert_telegram_token" ]; then
        insist tell_telegram && is_told=0 || say 'dead_man: the second bot did not take the message'
    fi
    if [ -n "$alert_url" ]; then
        insist tell_url && is_told=0 || say 'dead_man: the alert address did not take the message'
    fi
    return "$is_told"
}

tell_telegram() {
    reply=$(ask "$alert_telegram_url" <<EOF
url = "$alert_telegram_url/bot$alert_telegram_token/sendMessage"
header = "Content-Type: application/json"
data-binary = "{\"chat_id\":\"$alert_telegram_chat\",\"text\":\"$message\"}"
EOF
    ) || return 1
    case $reply in
        *'"ok":true'* | *'"ok": true'*) return 0 ;;
    esac
    return 1
}

tell_url() {
    ask "$alert_url" >/dev/null <<EOF
url = "$alert_url"
header = "Content-Type: application/json"
data-binary = "{\"text\":\"$message\"}"
EOF
}

# --- what follows from the judgement ----------------------------------------------------------------------------------

last_sign() {
    [ -n "$hb_wall" ] || return 0
    printf ' Last sign of life %s, pid %s, stage %s, %s store, audit row %s %s.' "$hb_wall" "$hb_pid" "$hb_stage" "$hb_origin" "$hb_seq" "${hb_hash%"${hb_hash#????????}"}"
}

fire() {
    now_s=${up:-0} code=1
    if [ "$st_fired" -ne 1 ] || [ "$st_boot" != "$boot" ]; then
        # Seconds of another boot mean nothing in this one: the alarm begins anew.
        st_fired=1 st_boot=$boot st_since=$now_s st_told=0 st_alerts=0 st_next=$now_s st_cancelled=0
    fi
    latch || code=3
    cancel_said='the orders at the venue were cancelled before'
    if [ "$st_cancelled" -ne 1 ] || [ "$now_s" -ge "$st_next" ]; then
        # An alarm that said FAILED is followed at once by the one that says done.
        if cancel_orders; then
            [ "$st_cancelled" -eq 1 ] || st_next=$now_s
            st_cancelled=1
        else
            st_cancelled=0 code=3
        fi
    fi
    if [ "$now_s" -ge "$st_next" ]; then
        tell "FIRED (alert $((st_alerts + 1))): $why. Home $home. $kill_said; $cancel_said.$(last_sign) Look at the machine; nothing goes out by itself until the kill switch is disarmed." || code=3
        [ "$is_told" -ne 0 ] || plan_next_alert
    fi
    save_state
    return "$code"
}

# 1, 5 and 15 minutes after the first alert that arrived, then every hour.
plan_next_alert() {
    st_alerts=$((st_alerts + 1))
    case $st_alerts in
        1) st_told=$now_s st_next=$((now_s + 60)) ;;
        2) st_next=$((st_told + 300)) ;;
        3) st_next=$((st_told + 900)) ;;
        *) st_next=$((now_s + 3600)) ;;
    esac
}

# The engine is back: said once, then the alarm is over. The kill switch stays for a person.
stand_down() {
    kill_said='KILL is not set'
    [ ! -e "$home/KILL" ] || kill_said='KILL stays set until it is disarmed'
    tell "the alarm is over: $why. Home $home. $kill_said." || return 3
    st_fired=0 st_boot='' st_since=0 st_told=0 st_alerts=0 st_next=0 st_cancelled=0
    save_state
}

# A promise of a digest that passed without one is told once.
judge_digest() {
    is_number "$hb_digest_up" && [ -n "$hb_digest" ] && [ "$up" -gt $((hb_digest_up + digest_late_s)) ] || return 0
    [ "$st_digest" != "$hb_digest" ] || return 4
    tell "the digest promised for $hb_digest has not arrived. The engine lives: $why. Home $home. Look at its chat and its log." || return 3
    st_digest=$hb_digest
    save_state
    return 4
}

act() {
    case $verdict in
        dead) fire ;;
        starting) [ "$st_fired" -ne 1 ] ;;
        *)
            [ "$st_fired" -ne 1 ] || stand_down || return "$?"
            [ "$verdict" = alive ] || return 0
            judge_digest
            ;;
    esac
}

check() {
    say "home: $home"
    say "judgement: $verdict: $why"
    case $venue$cancel_command in
        '') say 'cancel: MISSING; orders at the venue would stay' ;;
        *) say "cancel: ${venue:-a command}" ;;
    esac
    ways=''
    [ -z "$alert_command" ] || ways="$ways a command"
    [ -z "$alert_telegram_token" ] || ways="$ways a second bot"
    [ -z "$alert_url" ] || ways="$ways an address"
    say "second path:${ways:- MISSING; only this output would tell}"
    [ -w "$state_dir" ] && say "memory: $state_dir" || say "memory: $state_dir CANNOT BE WRITTEN; every run would fire anew"
    [ -z "$venue$alert_telegram_token$alert_url" ] || command -v curl >/dev/null 2>&1 || refuse 'curl is missing'
    [ "$verdict" != dead ]
}

try_out() {
    code=0
    if [ -n "$venue" ]; then
        insist deribit_login && say "login at $venue: done" || { code=3 && say "login at $venue: FAILED ($failed)"; }
    fi
    tell "test of the second path, asked for by hand. Home $home." || code=3
    return "$code"
}

mode=act
case ${1-} in
    --check) mode=check && shift ;;
    --test) mode=try_out && shift ;;
esac
[ "$#" -eq 1 ] || refuse 'usage: dead_man.sh [--check|--test] CONF'
conf=$1
read_conf
check_conf
read_now
[ "$mode" != act ] || take_lock
judge
read_state
is_told=0
"$mode"
