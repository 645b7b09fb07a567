{-# LANGUAGE GADTs #-}
-- | A queue that remembers how full it was.
module Data.Queue
  ( Queue
  , push
  , Sized (..)
  ) where

import qualified Data.Map.Strict as Map
import Data.List (foldl', sortOn)
import Control.Monad

-- | How many items a queue may hold.
maxItems :: Int
maxItems = 64

-- | Items waiting to be taken.
data Queue a = Queue
  { items :: [a]      -- ^ oldest first
  , highWater :: !Int
  } deriving (Eq, Show)

-- | What a push may answer.
data Outcome
  = Accepted
  | Refused String
  deriving Show

newtype Ticket = Ticket { number :: Int }

type Index k = Map.Map k Int

-- | Things with a size.
class Sized f where
  -- | Items inside.
  size :: f a -> Int
  size _ = 0
  isEmpty :: f a -> Bool

instance Sized Queue where
  size = length . items
  isEmpty q = null (items q)

{- | Adds one item at the end.

Refuses when the queue is full.
-}
push :: a -> Queue a -> Either Outcome (Queue a)
push x q
  | size q >= maxItems = Left (Refused "full")
  | otherwise = Right (grow q)
  where
    grow old = old { items = items old ++ [x], highWater = peak }
    peak = max (highWater q) (size q + 1)

data Expr t where
  Lit :: Int -> Expr Int
  IsZero :: Expr Int -> Expr Bool

type family Elem c
type instance Elem [e] = e

infixr 5 +++
-- | Joins two lists.
(+++) :: [a] -> [a] -> [a]
xs +++ ys = foldr (:) ys xs

foreign import ccall "math.h sin" c_sin :: Double -> Double

pattern Empty :: Queue a
pattern Empty <- Queue [] _

main :: IO ()
main = do
  let start = Queue [] 0
  forM_ [1, 2, 3 :: Int] $ \n -> print n
  print (highWater start)
