package org.example.ledger;

import java.util.List;
import static java.util.Objects.*;

/**
 * Keeps accounts.
 */
@Service
public final class Ledger<T extends Account> extends Base implements Book, Closeable {
  /** How many accounts fit. */
  private static final int LIMIT = 100, STEP = 10;
  private final List<T> accounts = new ArrayList<>();

  public Ledger(Clock clock) {
    super(clock);
  }

  /** Moves money. Fails when there is none. */
  @Override
  public <R> R move(T from, T to, Amount amount) throws LedgerException {
    requireNonNull(from);
    Runnable task = () -> to.add(amount);
    return from.take(amount).map(a -> new Receipt<R>(a));
  }

  // Where an account stands.
  enum State {
    OPEN, CLOSED("x") { boolean writable() { return false; } };
    State(String... names) {}
    boolean writable() { return true; }
  }

  interface Listener { void moved(Amount amount); int VERSION = 2; }
  record Receipt<R>(Amount amount) { Receipt { check(amount); } }
  @interface Audited { String by() default "nobody"; }
}
