"""What questions are made of besides their subject. People ask "How is it decided whether …?"; comments do not, so
words like these would count as rare and heavy. Put beside the queries of training at random, they learn to say
nothing."""

FRAMES = """
how is it decided whether or not
how does it work out which one
how is it found out that
how does the program know when
how does it notice that something has changed
what happens when and what is done then
what happens to the ones that are left
what happens if that fails or goes wrong
where is it decided which of them comes first
where does this take place in the code
where is the code that takes care of this
where are these handled and by what
which part of the program is responsible for
which of several possible ones is chosen and why
which ones are kept and which are thrown away
when is something no longer needed
when are they done again, and how often
when does this happen and how long does it take
why is it not done at once
who is allowed to do so and who is not
in what order are they put
under which conditions may this be used
by what means is it made sure that
how can a user make it do so
how can one tell from the outside
how are many of them brought together into one
how are two of them kept apart from each other
how is the same thing avoided happening twice
how is it prevented that more than one at a time
how is what somebody gave turned into something else
how is what was there before brought back
how is it told apart from others of its kind
how is it shown to the person who asked
how is it dealt with in the end
how is that put right afterwards
how much may there be at most
how many of them are there at once
how long is it kept and when does it go away
how soon after that, and how late is too late
what does it do with those it does not understand
what does one see while it is going on
what must be given so that it works
what is used instead where there is none
what is the first thing that is done
what is left out, and for what reason
is there a way to have it without
does it matter whether it was already there
can it also be done for only some of them
are they looked at one after another or all together
should it be somewhere else than usual
and how is that chosen
and what if there are too many
and when are they given up
and which of them wins
and where does the rest go
and who is told about it
although it is still in use
because nobody wants it any more
before it is even started
after all of it has been done
as long as nothing else is going on
even though it was said otherwise
instead of the usual way
without having to do everything again
so that nothing gets lost
so that it is the same everywhere
in such a way that both sides agree
depending on what kind it is
for each of them on its own
if there is more than one
if it cannot be had
until enough have come together
while others are still waiting
with the help of something else
""".split("\n")[1:-1]
