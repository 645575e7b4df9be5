// The allocator's settings, read by jemalloc before main. Hundreds of thousands of small actors are
// visited in no order, so a lookup's memory accesses miss the translation cache, and under a
// hypervisor such a miss is dear: huge pages take a sixth off the CPU time of a lookup
// (docs/decisions/0002).
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "thp:always,metadata_thp:always";
}
