// Signals of threads: sent to one, taken by one that waits, masks of their
// own, sleeps and waits interrupted.
// run:
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static sem_t ready;
static volatile int handled;
static volatile pthread_t by;
static __thread volatile int mine;
static void handler(int s)
{
	__atomic_fetch_add(&handled, 1, __ATOMIC_SEQ_CST);
	by = pthread_self();
	mine++;
}

static volatile int stop, over;

static void *sleeper(void *arg)
{
	struct timespec t = {30, 0}, left;
	sem_post(&ready);
	int r = nanosleep(&t, &left);
	over = 1;
	return (void *)(long)(r == -1 && errno == EINTR && left.tv_sec > 10 && mine > 0);
}
static void *poster(void *arg)
{
	sem_t never;
	sem_init(&never, 0, 0);
	sem_post(&ready);
	int r = sem_wait(&never);
	over = 1;
	return (void *)(long)(r == -1 && errno == EINTR && mine > 0);
}
static void *spinner(void *arg)
{
	sem_post(&ready);
	while (!mine)
		;
	return (void *)(long)mine;
}
static void *deaf(void *arg)
{
	sigset_t set, pending;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	sem_post(&ready);
	while (!stop)
		;
	sigpending(&pending);
	int was = sigismember(&pending, SIGUSR1) * 10 + mine;
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	return (void *)(long)(was * 10 + mine);
}
static sigset_t waited;
static void *taker(void *arg)
{
	int s, sum = 0;
	for (int i = 0; i < 3; i++) {
		sem_post(&ready);
		sigwait(&waited, &s);
		sum = sum * 100 + s;
	}
	return (void *)(long)sum;
}
static void *joined(void *arg)
{
	sem_post(&ready);
	while (!stop)
		sched_yield();
	return arg;
}
static pthread_t started(void *(*f)(void *))
{
	pthread_t t;
	handled = mine = stop = over = 0;
	pthread_create(&t, NULL, f, NULL);
	sem_wait(&ready);
	return t;
}
static long ended(pthread_t t)
{
	void *r;
	pthread_join(t, &r);
	return (long)r;
}
// interrupted sends signals until one has come while the thread waited.
static long interrupted(void *(*f)(void *))
{
	pthread_t t = started(f);
	while (!over) {
		pthread_kill(t, SIGUSR1);
		usleep(300);
	}
	return ended(t) * 10 + mine;
}
static long once(void *(*f)(void *))
{
	pthread_t t = started(f);
	pthread_kill(t, SIGUSR1);
	stop = 1;
	return ended(t) * 100 + handled * 10 + mine;
}

int main(void)
{
	struct sigaction act = {.sa_handler = handler};
	sigaction(SIGUSR1, &act, NULL);
	sem_init(&ready, 0, 0);
	printf("sleeper %ld\n", interrupted(sleeper));
	printf("poster %ld\n", interrupted(poster));
	printf("spinner %ld\n", once(spinner));
	printf("deaf %ld\n", once(deaf));
	sigemptyset(&waited);
	sigaddset(&waited, SIGUSR2);
	sigaddset(&waited, SIGTERM);
	sigaddset(&waited, SIGINT);
	pthread_sigmask(SIG_BLOCK, &waited, NULL);
	pthread_t t;
	void *r;
	pthread_create(&t, NULL, taker, NULL);
	static const int sent[] = {SIGUSR2, SIGTERM, SIGINT};
	for (int i = 0; i < 3; i++) {
		sem_wait(&ready);
		if (i == 1)
			kill(getpid(), sent[i]);
		else
			pthread_kill(t, sent[i]);
	}
	pthread_join(t, &r);
	printf("taker %ld\n", (long)r);
	// All but one block it: the process's signal goes to that one.
	sigset_t usr1;
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	t = started(joined);
	pthread_sigmask(SIG_BLOCK, &usr1, NULL);
	kill(getpid(), SIGUSR1);
	while (!handled)
		sched_yield();
	printf("by the other %d mine %d\n", pthread_equal(by, t) != 0, mine);
	stop = 1;
	pthread_join(t, &r);
	printf("kill 0 %d\n", pthread_kill(pthread_self(), 0));
	printf("kill 99 %s\n", strerrorname_np(pthread_kill(pthread_self(), 99)));
	return 0;
}
