#!/bin/sh
# Builds every workload: src/NAME.c with src/runtime becomes NAME.elf.
#
#     build.sh [OUT]      OUT defaults to ../bin
#
# CC is the cross compiler. OUT/compiler.txt records its version: the same
# version builds the same bytes, wherever the sources are.
set -eu
cd "$(dirname "$0")"
out=${1:-../bin}
CC=${CC:-riscv64-linux-gnu-gcc}

# No -g, no build id and no identification: nothing in the file but the program.
# -ffp-contract=off: a fused multiply-add is where the source says so.
flags="-std=c11 -O2 -march=rv64gc -mabi=lp64d -mcmodel=medany
 -Wall -Wextra -Wno-missing-field-initializers -Werror -ffreestanding -fno-pie -fno-stack-protector
 -fno-asynchronous-unwind-tables -fno-ident -fno-math-errno -fno-strict-aliasing
 -ffp-contract=off -ffunction-sections -fdata-sections"
link="-nostdlib -static -no-pie -s -Wl,--build-id=none -Wl,--gc-sections
 -Wl,-z,max-page-size=4096 -Wl,-z,norelro -Wl,-z,noexecstack -Wl,-T,runtime/link.ld"

obj=$(mktemp -d)
trap 'rm -rf "$obj"' EXIT
mkdir -p "$out"
"$CC" $flags -c runtime/start.S -o "$obj/start.o"
"$CC" $flags -c runtime/runtime.c -o "$obj/runtime.o"
"$CC" $flags -fno-tree-loop-distribute-patterns -c runtime/memory.c -o "$obj/memory.o"
for src in *.c; do
	name=${src%.c}
	"$CC" $flags -Iruntime -c "$src" -o "$obj/$name.o"
	"$CC" $flags $link "$obj/start.o" "$obj/$name.o" "$obj/runtime.o" "$obj/memory.o" -o "$out/$name.elf"
done
"$CC" --version | head -n 1 >"$out/compiler.txt"
