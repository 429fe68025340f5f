module hasp/benchmarks/peer

go 1.19
