#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Help, versions, and what a command says when it is called wrongly: one sentence, one hint, 2.
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"

# wrong WANT COMMAND...: a usage error that says just WANT (both lines), status 2, no output.
wrong()
{
	local want=$1 rc=0

	shift
	"$@" >out 2>err </dev/null || rc=$?
	eq "$(cat err)" "$want" "what '$*' says"
	eq "$(cat out)" "" "output of '$*'"
	eq "$rc" 2 "status of '$*'"
}

test_help_lists_every_subcommand_on_standard_output()
{
	for program in dladm flowadm vwire; do
		$program help >list 2>err
		$program --help >list2
		cmp list list2
		eq "$(cat err)" ""
		$program dump-commands | awk -F'\t' '$1 == "command" { print $2 }' | sort >commands
		sed -nE 's/^  ([a-z-]+) .*/\1/p' list | sort >listed
		cmp commands listed
	done
}

test_every_subcommand_explains_itself()
{
	for program in dladm flowadm vwire; do
		for sub in $($program dump-commands | awk -F'\t' '$1 == "command" { print $2 }'); do
			$program help "$sub" >one
			$program "$sub" --help >two
			cmp one two
			has "$(head -1 one)" "usage: $program $sub"
			eq "$(awk 'length > 100' one | sed 1d)" "" "long lines in the help of $sub"
		done
	done
}

test_help_of_one_subcommand_whole()
{
	eq "$(dladm help create-etherstub)" \
"usage: dladm create-etherstub [-t] [-R dir] etherstub
create an etherstub: a switch without hardware

  -t, --temporary              for now only: not saved, gone after a reboot
  -R, --root-dir dir           edit what is saved below dir; leave the running system alone"
	eq "$(dladm show-etherstub --help)" \
"usage: dladm show-etherstub [-P] [-R dir] [-p] [-o field[,...]] [-j] [etherstub]
show etherstubs

  -P, --persistent             show what is saved, not what is active
  -R, --root-dir dir           show what is saved below dir; -P is implied
  -p, --parseable              for scripts: fields joined by ':', no header; needs -o
  -o, --output field[,...]     show these fields; 'all': every one, 'help': explain them
  -j, --json                   print JSON

fields of -o:
  LINK           name of the etherstub"
}

test_the_version_is_told()
{
	eq "$(dladm --version | sed -E 's/[0-9.]+$/N/')" "dladm (libvwire) N"
	eq "$(vwire --version | sed -E 's/[0-9.]+$/N/')" "vwire (libvwire) N"
	eq "$(flowadm --version | sed -E 's/[0-9.]+$/N/')" "flowadm (libvwire) N"
}

test_an_unknown_subcommand_suggests_the_nearest()
{
	wrong "dladm: unknown subcommand 'create-vnik'
dladm: hint: did you mean 'dladm create-vnic'?" dladm create-vnik
	wrong "dladm: unknown subcommand 'shwo-link'
dladm: hint: did you mean 'dladm show-link'?" dladm shwo-link
	wrong "dladm: unknown subcommand 'xyzzy'
dladm: hint: 'dladm help' lists the subcommands" dladm xyzzy
	wrong "dladm: unknown subcommand 'show-link\\x1b[31m'
dladm: hint: 'dladm help' lists the subcommands" dladm $'show-link\e[31m'
	wrong "dladm: unknown subcommand 'show-lonk'
dladm: hint: did you mean 'dladm help show-link'?" dladm help show-lonk
	wrong "dladm: unknown subcommand 'xyzzy'
dladm: hint: 'dladm help' lists the subcommands" dladm help xyzzy
	# the subcommand without a name is near every short word, and never meant
	wrong "dlstat: unknown subcommand 'foo'
dlstat: hint: 'dlstat help' lists the subcommands" dlstat help foo
	wrong "vwire: no subcommand given
vwire: hint: 'vwire help' lists the subcommands" vwire
	wrong "flowadm: unknown subcommand 'add-flwo'
flowadm: hint: did you mean 'flowadm add-flow'?" flowadm add-flwo
	wrong "vwire: unknown subcommand 'chek'
vwire: hint: did you mean 'vwire check'?" vwire chek
}

test_an_unknown_option_is_a_usage_error()
{
	local usage="dladm: hint: usage: dladm create-etherstub [-t] [-R dir] etherstub"

	wrong "dladm: unrecognized option '-q'
$usage" dladm create-etherstub -q stub1
	wrong "dladm: unrecognized option '--quick'
$usage" dladm create-etherstub --quick stub1
	wrong "dladm: option '-R' requires a value
$usage" dladm create-etherstub stub1 -R
	wrong "dladm: option '--root-dir' requires a value
$usage" dladm create-etherstub stub1 --root-dir
	wrong "dladm: option '--temporary=yes' takes no value
$usage" dladm create-etherstub --temporary=yes stub1
	wrong "dladm: unrecognized option '-x'
dladm: hint: try 'dladm --help'" dladm -x
}

test_what_is_missing_is_named()
{
	local vlan="dladm: hint: usage: dladm create-vlan [-t] [-R dir] -l link -v vid [-f] [-p prop=value[,...]]... [vlan]"

	wrong "dladm: create-vlan: the option -l link is missing
$vlan" dladm create-vlan -v 3 vlan3
	wrong "dladm: create-vlan: the option -v vid is missing
$vlan" dladm create-vlan -l net0 vlan3
	wrong "dladm: rename-link: the operand 'new' is missing
dladm: hint: usage: dladm rename-link [-R dir] old new" dladm rename-link net0
	wrong "dladm: delete-vnic: the operand 'vnic' is missing
dladm: hint: usage: dladm delete-vnic [-t] [-R dir] vnic..." dladm delete-vnic
	wrong "dladm: create-etherstub: one operand too many: 'stub2'
dladm: hint: usage: dladm create-etherstub [-t] [-R dir] etherstub" \
		dladm create-etherstub stub1 stub2
	wrong "dladm: set-linkprop: a link property must be specified
dladm: hint: usage: dladm set-linkprop [-t] [-R dir] [-p prop=value[,...]]... [prop=value...] link" \
		dladm set-linkprop net0
	wrong "dladm: set-linkprop: the operand 'link' is missing
dladm: hint: usage: dladm set-linkprop [-t] [-R dir] [-p prop=value[,...]]... [prop=value...] link" \
		dladm set-linkprop mtu=1400
	wrong "dladm: at least one of the -PLTu options must be specified
dladm: hint: usage: dladm modify-aggr [-t] [-R dir] [-P policy] [-L mode] [-T time] [-u mac] aggr" \
		dladm modify-aggr aggr0
}

test_options_that_exclude_each_other_say_so()
{
	local link="dladm: hint: usage: dladm show-link [-P] [-R dir] [-s] [-x] [-i seconds] [-p] [-o field[,...]] [-j] [link]"

	wrong "dladm: the option -i can be used only with -s
$link" dladm show-link -i 1
	wrong "dladm: the option -P cannot be used with -s
$link" dladm show-link -P -s
	wrong "dladm: the option -P cannot be used with -x
$link" dladm show-link -P -x
	wrong "dladm: the option -j cannot be used with -p
$link" dladm show-link -j -p -o link
	wrong "dladm: the option -o cannot be specified more than once
$link" dladm show-link -o link -o class
	wrong "dladm: invalid interval value '0'
dladm: hint: whole seconds from 1 to 86400" dladm show-link -s -i 0
	wrong "dladm: invalid interval value '1x'
dladm: hint: whole seconds from 1 to 86400" dladm show-link -s -i 1x
	wrong "dladm: invalid interval value '-1'
dladm: hint: whole seconds from 1 to 86400" dladm show-link -s -i -1
}

test_options_may_follow_operands_and_have_long_names()
{
	dladm create-etherstub stub1 --temporary
	eq "$(dladm show-etherstub -P)" ""
	dladm create-vnic vnic1 -l stub1 --mac-address=2:8:20:0:0:1 --temp
	eq "$(dladm show-vnic --parsable --output link,macaddress)" 'vnic1:2\:8\:20\:0\:0\:1'
	eq "$(dladm show-vnic vnic1 --parseable -olink)" vnic1
}

test_a_list_that_is_no_list_is_a_usage_error()
{
	wrong "dladm: invalid property list: expected prop=value near 'mtu'
dladm: hint: usage: dladm set-linkprop [-t] [-R dir] [-p prop=value[,...]]... [prop=value...] link" \
		dladm set-linkprop -p mtu net0
}

test_a_relative_root_is_told_with_its_cure()
{
	local rc=0

	VWIRE_ROOT=state dladm show-link >out 2>err || rc=$?
	eq "$rc" 1
	eq "$(cat err)" \
"dladm: cannot open libvwire: invalid value
dladm: hint: the environment variable VWIRE_ROOT must be an absolute path, beginning with '/'"
}

test_show_commands_show_another_root()
{
	mkdir other
	dladm create-etherstub stub1
	dladm create-etherstub -R other stub2
	dladm create-vnic -R other -l stub2 -p maxbw=5M vnic2
	eq "$(dladm show-link -R other -p -o link)" "stub2
vnic2"
	eq "$(dladm show-vnic --root-dir other)" "$(VWIRE_ROOT=$PWD/other dladm show-vnic -P)"
	eq "$(dladm show-linkprop -R other -c -o value -p maxbw vnic2)" 5M
	eq "$(dladm show-link -p -o link | grep stub)" stub1
	wrong "dladm: the option -R, which implies -P, cannot be used with -s
dladm: hint: usage: dladm show-link [-P] [-R dir] [-s] [-x] [-i seconds] [-p] [-o field[,...]] [-j] [link]" \
		dladm show-link -R other -s
}

test_dladm_alone_is_show_link()
{
	dladm create-etherstub stub1
	eq "$(dladm)" "$(dladm show-link)"
	has "$(dladm)" stub1
}

run_tests
