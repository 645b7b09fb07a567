// Package pool lends connections.
package pool

import (
	"context"
	m "math"
	_ "embed"
)

// ErrClosed is given once the pool is closed.
var ErrClosed = errors.New("closed")

const (
	// Small pools are for tests.
	Small = iota + 1
	Large
)

// Conn is what is lent.
type Conn interface {
	io.Closer
	// Ping says whether the other end is there.
	Ping(ctx context.Context) error
}

// Pool lends connections. The zero value is not usable.
type Pool[T Conn] struct {
	mu         sync.Mutex
	free, busy []T // in no order
	Options
}

type (
	// Options of a pool.
	Options struct{ Limit int }
	Alias = Pool[Conn]
	dialer func(ctx context.Context) (Conn, error)
)

// Get lends a connection, or waits for one.
func (p *Pool[T]) Get(ctx context.Context) (T, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	type local struct{ n int }
	for i := range p.free {
		if err := p.free[i].Ping(ctx); err == nil {
			return p.take(i), nil
		}
	}
	var none T
	return none, ErrClosed
}

func New[T Conn](limit int) *Pool[T] {
	return &Pool[T]{Options: Options{Limit: int(m.Max(1, float64(limit)))}}
}
