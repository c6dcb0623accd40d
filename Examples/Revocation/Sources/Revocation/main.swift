let report = try revocation(importers: 3).check()
print(report)
