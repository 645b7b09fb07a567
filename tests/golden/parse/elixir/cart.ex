defmodule Shop.Cart do
  @moduledoc """
  What a customer means to buy.
  """

  use GenServer
  alias Shop.{Item, Price}
  import Enum, only: [sum: 1]
  require Logger

  @max_items 50

  @type id :: non_neg_integer()
  @typedoc "One row of the cart."
  @type line :: %{item: Item.t(), count: pos_integer()}
  @opaque token :: binary()

  defstruct [:owner, lines: [], total: 0]

  @doc """
  Starts a cart for one owner.
  """
  @spec start_link(keyword()) :: GenServer.on_start()
  def start_link(opts) do
    GenServer.start_link(__MODULE__, opts, name: __MODULE__)
  end

  # Called by the supervisor.
  @impl true
  def init(opts), do: {:ok, %__MODULE__{owner: opts[:owner]}}

  @doc "Adds an item, unless the cart is full."
  def add(%__MODULE__{lines: lines} = cart, item) when length(lines) < @max_items do
    Logger.info("adding")
    %{cart | lines: [item | lines], total: price(item)}
  end

  def add(cart, _item), do: cart

  def empty?(%{lines: []}), do: true

  defp price(item), do: Price.of(item) |> round_up()

  defguardp is_cheap(price) when price < 10

  @doc false
  defmacro with_cart(name, do: block) do
    quote do
      unquote(name) = %Shop.Cart{}
      unquote(block)
    end
  end

  defdelegate round_up(price), to: Price

  @callback checkout(cart :: t()) :: :ok | {:error, term()}

  defmodule Error do
    defexception [:message]
  end
end

defprotocol Shop.Weigh do
  @doc "Grams."
  def grams(thing)
end

defimpl Shop.Weigh, for: Shop.Item do
  def grams(item), do: item.weight
end
