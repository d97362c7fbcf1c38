# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Completion for acctadm, dladm, dlstat, flowadm, flowstat, linkstat and vwire. All it knows of
# subcommands, options, fields and properties it reads once per shell from "PROGRAM dump-commands",
# the programs' own tables; links and flows it asks for each time. Names are quoted: a link may be
# called '$(reboot)'.

declare -gA __vwire_loaded __vwire_commands __vwire_options __vwire_takes __vwire_kind \
	__vwire_operand __vwire_fields __vwire_possible __vwire_props __vwire_attrs

# __vwire_load PROGRAM
__vwire_load()
{
	local program=$1 what a b c d e

	[[ -z ${__vwire_loaded[$program]:-} ]] || return 0
	# Tabs that are not white space for read, so that empty members stay.
	while IFS=$'\001' read -r what a b c d e; do
		case $what in
		command)
			__vwire_commands[$program]+=" $a"
			__vwire_operand["$program $a"]=$b
			;;
		option)
			__vwire_options["$program $a"]+=" $b${c:+ $c}"
			for b in "$b" $c; do
				__vwire_takes["$program $a $b"]=$d
				__vwire_kind["$program $a $b"]=$e
			done
			;;
		field)
			[[ " ${__vwire_fields["$program $a"]:-} " == *" ${c,,} "* ]] ||
				__vwire_fields["$program $a"]+=" ${c,,}"
			;;
		prop)
			__vwire_props[$program]+=" $a"
			__vwire_possible["$program $a"]=$c
			;;
		attr)
			__vwire_attrs[$program]+=" $a"
			__vwire_possible["$program $a"]=$c
			;;
		esac
	done < <("$program" dump-commands 2>/dev/null | tr '\t' '\001')
	[[ -z ${__vwire_commands[$program]:-} ]] || __vwire_loaded[$program]=1
}

# __vwire_match PREFIX CUR WORD...: offer PREFIX + each WORD that begins with CUR.
__vwire_match()
{
	local prefix=$1 cur=$2 word

	shift 2
	for word; do
		[[ $word != "$cur"* ]] || COMPREPLY+=("$prefix$word")
	done
}

# __vwire_links CUR [CLASS,...]
__vwire_links()
{
	local cur=$1 classes=,${2:-}, lines line name

	# Not "read" in a loop, which takes a pipe byte by byte: there may be thousands.
	mapfile -t lines < <(dladm show-link -p -o class,link 2>/dev/null)
	for line in "${lines[@]}"; do
		name=${line#*:}
		[[ $name == "$cur"* ]] || continue
		[[ $classes == ,, || $classes == *,${line%%:*},* ]] || continue
		# Escaped names cannot be typed back.
		[[ $name != *\\* ]] || continue
		[[ $name != *[!a-zA-Z0-9._-]* ]] || printf -v name %q "$name"
		COMPREPLY+=("$name")
	done
}

# __vwire_list CUR WORD...: words of a list joined by ','; those it has already are left out.
__vwire_list()
{
	local cur=$1 word before=

	shift
	[[ $cur != *,* ]] || before=${cur%,*},
	for word; do
		[[ ,$before != *,"$word",* ]] || continue
		[[ $before$word != "$cur"* ]] || COMPREPLY+=("$before$word")
	done
}

# __vwire_flows CUR: names of flows, which need no quotes.
__vwire_flows()
{
	local names

	mapfile -t names < <(flowadm show-flow -p -o flow 2>/dev/null)
	__vwire_match "" "$1" "${names[@]}"
}

# __vwire_values PROGRAM PROP LINK: what PROP may be, on LINK if that is known.
__vwire_values()
{
	local possible=${__vwire_possible["$1 $2"]:-} zone

	if [[ $1 != flowadm && -n $3 ]]; then
		possible=$(dladm show-linkprop -c -o possible -p "$2" "$3" 2>/dev/null)
	fi
	if [[ $2 == zone ]]; then
		for zone in /run/netns/*; do
			[[ ! -e $zone ]] || possible+=,${zone##*/}
		done
	fi
	possible=${possible#,}
	# A range is nothing to choose from.
	[[ $possible =~ ^[0-9]+-[0-9]+$ ]] || printf '%s\n' "${possible//,/$'\n'}"
}

# __vwire_assign PROGRAM CUR LINK NAME...: "name=value,name=value"
__vwire_assign()
{
	local program=$1 cur=$2 link=$3 before='' last=$2 prop values names

	if [[ $cur == *,* ]]; then
		before=${cur%,*},
		last=${cur##*,}
	fi
	if [[ $last == *=* ]]; then
		mapfile -t values < <(__vwire_values "$program" "${last%%=*}" "$link")
		__vwire_match "$before${last%%=*}=" "${last#*=}" "${values[@]}"
		return
	fi
	names=("${@:4}")
	__vwire_match "$before" "$last" "${names[@]/%/=}"
	# After "protection=a," one more value of the same property may follow.
	if [[ $before == *=* ]]; then
		prop=${before%=*}
		mapfile -t values < <(__vwire_values "$program" "${prop##*,}" "$link")
		__vwire_match "$before" "$last" "${values[@]}"
	fi
	[[ ${COMPREPLY[*]} != *= ]] || compopt -o nospace 2>/dev/null
}

# __vwire_offer PROGRAM SUBCOMMAND KIND CUR LINK
__vwire_offer()
{
	local words

	case $3 in
	link)
		__vwire_links "$4";;
	link:*)
		__vwire_links "$4" "${3#link:}";;
	flow)
		__vwire_flows "$4";;
	zone)
		mapfile -t words < <(__vwire_values dladm zone "")
		__vwire_match "" "$4" "${words[@]}";;
	file)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$4");;
	words:*)
		IFS=, read -ra words <<<"${3#words:}"
		__vwire_list "$4" "${words[@]}";;
	fields)
		read -ra words <<<"${__vwire_fields["$1 $2"]:-} all help"
		__vwire_list "${4,,}" "${words[@]}";;
	props)
		read -ra words <<<"${__vwire_props[$1]:-}"
		__vwire_list "$4" "${words[@]}";;
	assign)
		read -ra words <<<"${__vwire_props[$1]:-}"
		__vwire_assign "$1" "$4" "$5" "${words[@]}";;
	attrs)
		read -ra words <<<"${__vwire_attrs[$1]:-}"
		__vwire_assign "$1" "$4" "" "${words[@]}";;
	commands)
		read -ra words <<<"${__vwire_commands[$1]}"
		__vwire_match "" "$4" "${words[@]}";;
	dir)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -d -- "$4");;
	esac
}

# bash breaks words at '=' and ':', and wants back only what comes after the last of them.
__vwire_trim()
{
	local cur=$1 kept i

	kept=${cur##*[=:]}
	for i in "${!COMPREPLY[@]}"; do
		COMPREPLY[i]=${COMPREPLY[i]:${#cur} - ${#kept}}
	done
}

__vwire_complete()
{
	local program=$1 sub cur option kind words after link='' first=2 i

	COMPREPLY=()
	__vwire_load "$program"
	read -ra words <<<"${COMP_LINE:0:COMP_POINT}x"
	cur=${words[-1]%x}
	unset 'words[-1]'
	if [[ ${#words[@]} -lt 2 ]]; then
		__vwire_offer "$program" "" commands "$cur" ""
		[[ $cur != -* ]] || __vwire_match "" "$cur" --help --version
		[[ -n ${__vwire_operand["$program "]+set} ]] || return
	fi
	sub=${words[1]:-}
	# dlstat and its like work without a subcommand: words and options are then theirs.
	if [[ -n ${__vwire_operand["$program "]+set} && -z ${__vwire_operand["$program $sub"]+set} ]]; then
		sub=
	fi
	[[ -n $sub ]] || first=1
	# The link a property belongs to may stand behind the cursor.
	read -ra after <<<"${COMP_LINE:COMP_POINT}"
	[[ ${#after[@]} -eq 0 ]] || link=${after[-1]}
	kind=${__vwire_operand["$program $sub"]:-}
	[[ $sub != set-linkprop || $cur != *=* ]] || kind=assign
	option=
	for ((i = first; i < ${#words[@]}; i++)); do
		if [[ -n $option ]]; then
			option=
		elif [[ ${words[i]} == -* && -n ${__vwire_takes["$program $sub ${words[i]}"]:-} ]]; then
			option=${words[i]}
		fi
	done
	if [[ -n $option ]]; then
		kind=${__vwire_kind["$program $sub $option"]:-}
	elif [[ $cur == --*=* ]]; then
		kind=${__vwire_kind["$program $sub ${cur%%=*}"]:-}
		option=${cur%%=*}=
		cur=${cur#*=}
	elif [[ $cur == -* ]]; then
		read -ra words <<<"${__vwire_options["$program $sub"]:-}${sub:+ --help}"
		__vwire_match "" "$cur" "${words[@]}"
		return
	fi
	__vwire_offer "$program" "$sub" "$kind" "$cur" "$link"
	__vwire_trim "$cur"
}

complete -F __vwire_complete acctadm dladm dlstat flowadm flowstat linkstat vwire
