// Cancellation: at a call, at once, deferred; what is cleaned up.
// run:
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <semaphore.h>
#include <string.h>
#include <unistd.h>

static sem_t ready;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static int fd[2];
static char log_[200];
static void note(void *w) { strcat(log_, w); }

static void *sleeper(void *arg)
{
	pthread_cleanup_push(note, " outer");
	pthread_cleanup_push(note, " inner");
	sem_post(&ready);
	for (;;)
		sleep(100);
	pthread_cleanup_pop(0);
	pthread_cleanup_pop(0);
	return NULL;
}
static void *reader(void *arg)
{
	char c;
	pthread_cleanup_push(note, " reader");
	sem_post(&ready);
	if (read(fd[0], &c, 1) == 1)
		note(" read");
	pthread_cleanup_pop(1);
	return NULL;
}
static void unlock(void *m)
{
	note(pthread_mutex_unlock(m) ? " not held" : " held");
}
static void *waiter(void *arg)
{
	pthread_mutex_lock(&lock);
	pthread_cleanup_push(unlock, &lock);
	sem_post(&ready);
	for (;;)
		pthread_cond_wait(&never, &lock);
	pthread_cleanup_pop(1);
	return NULL;
}
static volatile long spins;
static void *spinner(void *arg)
{
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	pthread_cleanup_push(note, " spinner");
	sem_post(&ready);
	for (;;)
		spins++;
	pthread_cleanup_pop(0);
	return NULL;
}
static sem_t told;
static void *stubborn(void *arg)
{
	int old;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
	sem_post(&ready);
	while (sem_wait(&told))
		;
	pthread_testcancel();
	note(" disabled");
	pthread_setcancelstate(old, NULL);
	for (volatile int i = 0; i < 100; i++) // deferred: not a cancellation point
		;
	note(" enabled");
	pthread_testcancel();
	note(" never");
	return NULL;
}
static void *quick(void *arg)
{
	pthread_cleanup_push(note, " quick");
	pthread_exit((void *)5);
	pthread_cleanup_pop(0);
}
static void *joiner(void *arg)
{
	sem_post(&ready);
	pthread_join(*(pthread_t *)arg, NULL);
	return NULL;
}

static void end(const char *title, pthread_t t)
{
	void *r;
	pthread_join(t, &r);
	printf("%s: %s%s\n", title, r == PTHREAD_CANCELED ? "cancelled" : "ended", log_);
	log_[0] = 0;
}
static void kill_(const char *title, void *(*f)(void *))
{
	pthread_t t;
	pthread_create(&t, NULL, f, NULL);
	sem_wait(&ready);
	pthread_cancel(t);
	if (f == stubborn)
		sem_post(&told);
	end(title, t);
}

int main(void)
{
	sem_init(&ready, 0, 0);
	sem_init(&told, 0, 0);
	if (pipe(fd))
		return 1;
	kill_("sleep", sleeper);
	kill_("read", reader);
	kill_("wait", waiter);
	kill_("spin", spinner);
	kill_("stubborn", stubborn);
	pthread_t t, j;
	pthread_create(&t, NULL, quick, NULL);
	end("exit", t);
	pthread_create(&t, NULL, sleeper, NULL);
	sem_wait(&ready);
	pthread_create(&j, NULL, joiner, &t);
	sem_wait(&ready);
	pthread_cancel(j);
	end("join", j);
	pthread_cancel(t);
	end("joined still", t);
	printf("%d\n", pthread_mutex_trylock(&lock));
	return 0;
}
