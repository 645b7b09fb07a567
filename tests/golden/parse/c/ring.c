/* Copyright 2024 Nobody in particular. */
#include <stdint.h>
#include "ring.h"

#ifndef RING_MAX
#define RING_MAX 64  /* slots */
#endif

#define ROUND_UP(n, m) (((n) + (m) - 1) / (m) * (m))

typedef struct ring_slot ring_slot_t;
typedef int (*ring_visitor)(const ring_slot_t *slot, void *context);

/*
 * One slot of the ring. Slots are reused in the order in which they
 * were given back.
 */
struct ring_slot {
	uint32_t key;        /* of the owner */
	struct ring_slot *next, *previous;
	union {
		void *pointer;
		uint64_t number;
	} value;
	unsigned in_use : 1;
};

enum ring_state { RING_EMPTY, RING_PARTLY = 4, RING_FULL };

typedef struct {
	struct ring_slot slots[RING_MAX];
	int count;
} ring_t;

static const char *const state_names[] = { "empty", "partly", "full" };
extern int ring_debug;

static int visit_all(ring_t *ring, ring_visitor visit, void *context);

/* Puts a value into the first free slot. Gives its number, or -1 when the ring is full. */
int
ring_put(ring_t *restrict ring, uint32_t key, void *pointer)
{
	for (int i = 0; i < RING_MAX; i++) {
		struct ring_slot *slot = &ring->slots[i];
		if (slot->in_use)
			continue;
		slot->key = key;
		slot->value.pointer = pointer;
		slot->in_use = 1;
		ring->count++;
		return i;
	}
	return -1;
}

EXPORT unsigned long RINGCALL ring_bytes PROTO((const ring_t *ring));

static int
visit_all(ring_t *ring, ring_visitor visit, void *context)
{
	int seen = 0;
	for (int i = 0; i < RING_MAX; i++)
		if (ring->slots[i].in_use && visit(&ring->slots[i], context))
			seen++;
	return seen;
}

void
old_style(a, b)
	int a;
	char *b;
{
	log_text("%d %s\n", a, b);
}
