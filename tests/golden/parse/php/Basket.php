<?php
declare(strict_types=1);

namespace Example\Shop;

use Example\Money\{Amount, Currency as Unit};
use Psr\Log\LoggerInterface;
use function Example\Money\round_up;

require_once __DIR__ . '/helpers.php';
include 'tables.php';

/** How many lines fit. */
const MAX_LINES = 50;
define('SHOP_VERSION', '2.1');

/**
 * Something that can be paid for.
 */
interface Payable extends Countable, \JsonSerializable
{
    public const CURRENCY = 'EUR';
    /** What it costs. */
    public function total(): Amount;
}

/** Keeps a note of what happened. */
trait Journal
{
    private array $notes = [];

    protected function note(string $text): void
    {
        $this->notes[] = $text;
    }
}

/** Where a basket stands. */
enum Stage: string implements HasLabel
{
    case Open = 'open';
    /** Nothing can be added. */
    case Closed = 'closed';
    const First = self::Open;

    public function label(): string { return ucfirst($this->value); }
}

/**
 * A customer's basket.
 *
 * @template T of Item
 */
#[Entity(table: 'baskets')]
#[Audited]
final class Basket extends Model implements Payable
{
    use Journal, SoftDeletes;

    /** Which rates apply. */
    public static ?Rates $rates = null;
    protected Stage $stage = Stage::Open, $before;
    private int|float $discount;
    public string $owner {
        get => strtoupper($this->owner);
        set(string $value) { $this->owner = trim($value); }
    }

    /** Starts an empty basket. */
    public function __construct(
        private readonly LoggerInterface $log,
        /** Who pays. */
        protected ?Customer $customer = null,
        int $limit = MAX_LINES,
    ) {
        parent::__construct();
        $this->log->info('new');
    }

    /**
     * Adds a thing.
     *
     * @throws BasketFull
     */
    #[Pure]
    public function add(Item $item, int ...$counts): static
    {
        if ($this->count() >= static::limit()) {
            throw new BasketFull($item);
        }
        $price = round_up(Amount::of($item->price));
        $apply = fn (Rate $rate): Amount => $rate->apply($price);
        return $this?->store($apply) instanceof Basket ? $this : clone $this;
    }

    public static function limit(): int { return MAX_LINES; }

    abstract protected function weigh(): float;
}

// Adds up.
function sum_of(Payable ...$things): Amount
{
    function nested_helper() {}
    $visitor = new class($things) extends Visitor {
        public function visit(Payable $one) { return $one->total(); }
    };
    try {
        return array_reduce($things, [$visitor, 'visit']);
    } catch (Overflow | \RangeError $e) {
        return \Example\Money\zero();
    }
}
?>
<p>Total: <?= sum_of($basket) ?></p>
