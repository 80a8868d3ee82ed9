// Pipes, event counters, poll, select and epoll between threads.
// run: 200
// timed: 12
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <unistd.h>

static int to[2], from[2], event, rounds;

static void *echo(void *arg)
{
	char c[16];
	ssize_t n;
	while ((n = read(to[0], c, sizeof c)) > 0) {
		for (int i = 0; i < n; i++)
			c[i] ^= 32;
		if (write(from[1], c, n) != n)
			return (void *)1;
	}
	close(from[1]);
	return NULL;
}
static void *count(void *arg)
{
	uint64_t one = 1;
	for (int i = 0; i < rounds; i++)
		if (write(event, &one, 8) != 8)
			return (void *)1;
	return NULL;
}
static void *late(void *arg)
{
	usleep(300);
	if (write(to[1], "late", 4) != 4)
		return (void *)1;
	return NULL;
}
static void *flood(void *arg)
{
	static char block[5000];
	memset(block, 'f', sizeof block);
	long sent = 0;
	for (int i = 0; i < 30; i++)
		sent += write(to[1], block, sizeof block);
	close(to[1]);
	return (void *)sent;
}

int main(int argc, char **argv)
{
	rounds = argc > 1 ? atoi(argv[1]) : 10;
	pthread_t t, u;
	void *r;
	char buf[4096] = "";
	if (pipe(to) || pipe2(from, O_CLOEXEC))
		return 1;
	pthread_create(&t, NULL, echo, NULL);
	unsigned long h = 0;
	for (int i = 0; i < rounds; i++) {
		char c = 'a' + i % 26;
		if (write(to[1], &c, 1) != 1 || read(from[0], &c, 1) != 1)
			return 2;
		h = h * 31 + c;
	}
	close(to[1]);
	printf("%lx end %zd\n", h, read(from[0], buf, 1));
	pthread_join(t, &r);

	event = eventfd(3, 0);
	uint64_t v, total = 0;
	pthread_create(&t, NULL, count, NULL);
	pthread_create(&u, NULL, count, NULL);
	while (total < 3 + 2 * (uint64_t)rounds && read(event, &v, 8) == 8)
		total += v;
	pthread_join(t, NULL);
	pthread_join(u, NULL);
	printf("%lu\n", (unsigned long)total);
	int semaphore = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);
	printf("%zd", read(semaphore, &v, 8));
	printf(" %lu %zd", (unsigned long)v, read(semaphore, &v, 8));
	printf(" %zd", read(semaphore, &v, 8));
	printf(" %s\n", strerrorname_np(errno));

	if (pipe(to))
		return 3;
	struct pollfd p[2] = {{to[0], POLLIN}, {to[1], POLLOUT}};
	printf("poll %d", poll(p, 2, 0));
	printf(" %x %x", p[0].revents, p[1].revents);
	printf(" none %d", poll(p, 1, 1));
	pthread_create(&t, NULL, late, NULL);
	printf(" then %d %x", poll(p, 1, -1), p[0].revents);
	printf(" %zd %s\n", read(to[0], buf, sizeof buf), buf);
	pthread_join(t, NULL);
	pthread_create(&t, NULL, late, NULL);
	fd_set set;
	FD_ZERO(&set);
	FD_SET(to[0], &set);
	printf("select %d", select(to[0] + 1, &set, NULL, NULL, NULL));
	printf(" %d %zd\n", FD_ISSET(to[0], &set), read(to[0], buf, sizeof buf));
	pthread_join(t, NULL);

	int ep = epoll_create1(0);
	struct epoll_event e = {.events = EPOLLIN, .data.u32 = 11}, out[4];
	printf("epoll %d", epoll_ctl(ep, EPOLL_CTL_ADD, to[0], &e));
	printf(" %d", epoll_ctl(ep, EPOLL_CTL_ADD, to[0], &e));
	printf(" %s", strerrorname_np(errno));
	e.data.u32 = 22;
	printf(" %d", epoll_ctl(ep, EPOLL_CTL_ADD, event, &e));
	printf(" wait %d\n", epoll_wait(ep, out, 4, 0));
	pthread_create(&t, NULL, late, NULL);
	int n = epoll_wait(ep, out, 4, -1);
	printf("%d %u %x", n, out[0].data.u32, out[0].events);
	pthread_join(t, NULL);
	v = 5;
	if (write(event, &v, 8) != 8)
		return 4;
	n = epoll_wait(ep, out, 4, -1);
	printf(" %d %u", n, out[0].data.u32 + out[1].data.u32);
	e.events = EPOLLIN | EPOLLET;
	epoll_ctl(ep, EPOLL_CTL_MOD, event, &e);
	epoll_ctl(ep, EPOLL_CTL_DEL, to[0], NULL);
	n = epoll_wait(ep, out, 4, -1);
	printf(" edge %d", n);
	printf(" %d", epoll_wait(ep, out, 4, 0));
	printf(" %d\n", epoll_wait(ep, out, 4, 1));

	printf("%zd", read(to[0], buf, 4));
	fcntl(to[0], F_SETFL, O_NONBLOCK);
	printf(" %zd", read(to[0], buf, 4));
	printf(" %s\n", strerrorname_np(errno));
	fcntl(to[0], F_SETFL, 0);
	pthread_create(&t, NULL, flood, NULL);
	long got = 0;
	ssize_t k;
	while ((k = read(to[0], buf, sizeof buf)) > 0)
		got += k;
	pthread_join(t, &r);
	printf("%ld %ld\n", got, (long)r);
	p[0].revents = 0;
	printf("%d %x\n", poll(p, 1, -1), p[0].revents);
	signal(SIGPIPE, SIG_IGN);
	close(from[0]);
	if (pipe(from))
		return 5;
	close(from[0]);
	printf("%zd", write(from[1], "x", 1));
	printf(" %s\n", strerrorname_np(errno));
	signal(SIGPIPE, SIG_DFL);
	fflush(stdout);
	if (write(from[1], "x", 1) != 1)
		return 6;
	return 7; // SIGPIPE came first
}
