// The threads of the C standard.
// run: 600
// timed: 30
#include <stdio.h>
#include <stdlib.h>
#include <threads.h>
#include <time.h>

static mtx_t plain, timed, recursive;
static cnd_t changed;
static tss_t key;
static once_flag flag = ONCE_FLAG_INIT;
static int once, turn, rounds, destroyed;
static thread_local int own = 5;

static void first(void) { once++; }
static void destroy(void *v)
{
	mtx_lock(&plain);
	destroyed += *(int *)v;
	mtx_unlock(&plain);
}

static int work(void *arg)
{
	int me = *(int *)arg;
	call_once(&flag, first);
	tss_set(key, arg);
	for (int i = 0; i < rounds; i++) {
		mtx_lock(&plain);
		while (turn % 3 != me)
			cnd_wait(&changed, &plain);
		turn++;
		own += me;
		cnd_broadcast(&changed);
		mtx_unlock(&plain);
	}
	thrd_yield();
	return own + *(int *)tss_get(key);
}

int main(int argc, char **argv)
{
	rounds = argc > 1 ? atoi(argv[1]) : 10;
	mtx_init(&plain, mtx_plain);
	mtx_init(&timed, mtx_timed);
	mtx_init(&recursive, mtx_plain | mtx_recursive);
	cnd_init(&changed);
	tss_create(&key, destroy);
	thrd_t t[3];
	int id[3] = {0, 1, 2}, r;
	for (int i = 0; i < 3; i++)
		thrd_create(&t[i], work, &id[i]);
	for (int i = 0; i < 3; i++) {
		thrd_join(t[i], &r);
		printf("%d ", r);
	}
	printf("%d %d %d\n", turn, once, destroyed);
	struct timespec at, some = {0, 100000};
	mtx_lock(&timed);
	timespec_get(&at, TIME_UTC);
	at.tv_nsec += 200000;
	if (at.tv_nsec >= 1000000000)
		at.tv_sec++, at.tv_nsec -= 1000000000;
	printf("%d %d\n", mtx_timedlock(&timed, &at) == thrd_timedout, mtx_trylock(&timed) == thrd_busy);
	printf("%d %d %d\n", mtx_lock(&recursive), mtx_lock(&recursive), mtx_unlock(&recursive));
	mtx_lock(&plain);
	printf("%d %d\n", cnd_timedwait(&changed, &plain, &at) == thrd_timedout, thrd_sleep(&some, NULL));
	printf("%d\n", thrd_equal(thrd_current(), thrd_current()) != 0);
	return own;
}
