/* Runs a plan on a raster of bytes and prints the spikes of one node, then the spike hash:
 *
 *   braille PLAN RASTER.u8 DEVICE NODE STEPS WIDTH
 *   braille braille.plan raster.u8 cpu lif1.lif 256 12
 *
 * RASTER.u8 holds STEPS rows of WIDTH bytes, WIDTH being the neurons of the network's one input. */

#include <errno.h>
#include <inttypes.h>
#include <ranvier/embed.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int complain(const char* what, const rv_error* error) {
  fprintf(stderr, "%s: %s\n", what, error->message);
  return 1;
}

/* The whole file, which must hold `size` bytes; NULL where it does not. The caller frees it. */
static unsigned char* read_raster(const char* path, size_t size) {
  FILE* file = fopen(path, "rb");
  if (file == NULL) {
    fprintf(stderr, "%s: %s\n", path, strerror(errno));
    return NULL;
  }
  unsigned char* bytes = malloc(size + 1);
  const size_t got = bytes == NULL ? 0 : fread(bytes, 1, size + 1, file);
  fclose(file);
  if (got == size && bytes != NULL) return bytes;
  fprintf(stderr, "%s: holds %s%zu bytes, not %zu\n", path, got > size ? "at least " : "", got, size);
  free(bytes);
  return NULL;
}

/* "node.spikes" of what is recorded. The caller frees it. */
static char* name_of_spikes(const char* node) {
  const size_t size = strlen(node) + sizeof ".spikes";
  char* name = malloc(size);
  if (name != NULL) snprintf(name, size, "%s.spikes", node);
  return name;
}

static int run(rv_session* session, const unsigned char* raster, const char* node, uint64_t steps, uint64_t width) {
  rv_error error;
  rv_node input;
  if (rv_input_count(session) != 1 || rv_input_node(session, 0, &input) != RV_OK || input.neurons != width) {
    fprintf(stderr, "the plan does not have one input of %" PRIu64 " neurons\n", width);
    return 1;
  }
  char* spikes = name_of_spikes(node);
  if (spikes == NULL) return 1;
  const char* const names[] = {spikes};
  const rv_code recorded = rv_record(session, names, 1, 1, &error);
  free(spikes);
  if (recorded != RV_OK) return complain("record", &error);
  if (rv_input_dense(session, input.name, RV_U8, raster, steps, &error) != RV_OK) return complain("input", &error);
  if (rv_run(session, steps, &error) != RV_OK) return complain("run", &error);

  rv_events events;
  if (rv_spikes(session, node, &events, &error) != RV_OK) return complain("spikes", &error);
  for (uint64_t k = 0; k < events.count; ++k) printf("%" PRIu64 " %" PRIu32 "\n", events.step[k], events.id[k]);
  uint64_t hash;
  if (rv_hash(session, &hash, &error) != RV_OK) return complain("hash", &error);
  printf("hash %016" PRIx64 "\n", hash);
  return 0;
}

int main(int argc, char** argv) {
  if (argc != 7) {
    fprintf(stderr, "usage: %s PLAN RASTER.u8 DEVICE NODE STEPS WIDTH\n", argv[0]);
    return 2;
  }
  const uint64_t steps = strtoull(argv[5], NULL, 10);
  const uint64_t width = strtoull(argv[6], NULL, 10);
  unsigned char* raster = read_raster(argv[2], (size_t)(steps * width));
  if (raster == NULL) return 1;

  rv_error error;
  rv_session* session;
  int failed;
  if (rv_open_file(argv[1], argv[3], NULL, &session, &error) == RV_OK) {
    failed = run(session, raster, argv[4], steps, width);
    rv_close(session);
  } else {
    failed = complain("open", &error);
  }
  free(raster);
  return failed;
}
