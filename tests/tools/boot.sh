#!/bin/sh
# SPDX-License-Identifier: MIT
# mmsim oracle --boot: a kernel inside QEMU. MMSIM_TEST_KERNEL names its image
# (x86-64), MMSIM_TEST_MODULES its lib/modules/RELEASE.
. "$(dirname "$0")/lib.sh"

refused 'scenario' oracle --boot /nowhere -o "$work/root"
refused '-o FOLDER' oracle --boot /nowhere "$data/small.sc"
refused 'vax' oracle --boot /nowhere --arch vax -o "$work/root" "$data/small.sc"
refused '--timeout' oracle --boot /nowhere --timeout 0 "$data/small.sc"

# An emulator that says something and ends.
cat >"$work/qemu" <<'EOF'
#!/bin/sh
echo 'no such kernel'
EOF
chmod +x "$work/qemu"
run 2 oracle --boot /nowhere --qemu "$work/qemu" -o "$work/root" "$data/small.sc"
grep -q 'found an end before' "$work/err" || fail 'an end is not missed'
grep -q 'console: no such kernel' "$work/err" || fail 'the console is not told'

# One that plays back what a machine would say.
cat >"$work/qemu" <<'EOF'
#!/bin/sh
cat <<'LINES'
[    0.000000] some kernel
@@info 
@@ {"world":"recorded","arch":"x86_64","page_size":4096,"pmd_size":2097152,"mmu":null,"kernel":"6.1","cpus":2,"nodes":2,"node_memory":536870912,"traceable":[]}
@@scenario small.sc
@@ {"n":1,"who":"P","op":"trace on","ret":0}
@@ {"end":"skipped","why":"this is no kernel"}
@@done 
LINES
EOF
run 1 oracle --boot /nowhere --qemu "$work/qemu" -o "$work/root" "$data/small.sc"
grep -q 'skipped: small: this is no kernel' "$work/err" || fail 'not skipped'
[ -f "$work/root/recordings/x86_64-4k-6.1/info.json" ] || fail 'no world'

# The archive it made is one that a kernel would unpack.
cat >"$work/qemu" <<EOF
#!/bin/sh
while [ "\$1" != -initrd ]; do shift; done
cp "\$2" "$work/initramfs"
EOF
run 2 oracle --boot /nowhere --qemu "$work/qemu" -o "$work/root" "$data/small.sc"
if command -v cpio >/dev/null; then
	cpio -it --quiet <"$work/initramfs" >"$work/out" 2>"$work/err" ||
		fail 'cpio does not read it'
	says 'scenarios/small.sc'
	says 'init'
fi
head -c 6 "$work/initramfs" | grep -q 070701 || fail 'no newc archive'

if [ "$failures" = 0 ] && { [ ! -f "${MMSIM_TEST_KERNEL:-}" ] ||
	! command -v qemu-system-x86_64 >/dev/null; }; then
	echo 'MMSIM_TEST_KERNEL names no kernel, or there is no QEMU'
	exit 77
fi
scenarios=$(dirname "$0")/../scenario
run 0 oracle --boot "$MMSIM_TEST_KERNEL" \
	${MMSIM_TEST_MODULES:+--modules "$MMSIM_TEST_MODULES"} \
	-o "$work/new" "$scenarios/cow_basic.sc" "$data/small.sc"
run 0 check "$work/new"
last_line 'matched 2, differing 0, not run 0'
grep -q '"pte":"0x' "$work"/new/recordings/*/small.jsonl ||
	fail 'no raw entries'
finish
