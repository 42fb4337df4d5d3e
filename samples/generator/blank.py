#!/usr/bin/env python3
"""blank.py IN.hprof OUT.hprof.gz – writes zeros over the label previews (byte[2400]) of a dump, so that it packs small.

No object, size or reference changes: only the content of these primitive arrays.
"""
import gzip, re, sys

data = bytearray(open(sys.argv[1], "rb").read())
count = 0
for array in re.finditer(rb"\x23.{8}\x00\x00\x00\x01\x00\x00\x09\x60\x08", bytes(data), re.DOTALL):
    data[array.end():array.end() + 2400] = bytes(2400)
    count += 1
with open(sys.argv[2], "wb") as out, gzip.GzipFile("", "wb", 9, out, mtime=0) as packed:
    packed.write(data)
print(f"{count} previews blanked")
