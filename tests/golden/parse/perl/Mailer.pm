#!/usr/bin/perl
# Copyright 2026 Example Post
package Example::Mailer;

use strict;
use warnings;
use parent qw(Example::Base Exporter);
use List::Util qw(first sum);
require Example::Queue;
no warnings 'once';

our $VERSION = '1.04';
our @EXPORT_OK = qw(send_all);
my %defaults = (retries => 3);

# How many letters fit.
use constant MAX_LETTERS => 50;
use constant {
    RETRIES => 3,
    TIMEOUT => 20,
};

=head1 NAME

Example::Mailer - sends letters

=head2 new

Makes a mailer.

=cut

sub new {
    my ($class, %options) = @_;
    my $self = bless { %defaults, %options }, $class;
    $self->{queue} = Example::Queue->new(size => MAX_LETTERS);
    return $self;
}

# Sends one letter.
# Dies when it cannot.
sub send_letter {
    my ($self, $letter, @copies) = @_;
    my $check = sub { return $_[0]->is_valid };
    die Example::Error->new('bad') unless $check->($letter);
    $self->_log("sending");
    foreach my $copy (@copies) {
        push @{ $self->{sent} }, first { $_ eq $copy } @copies;
    }
    return sum(map { length } @copies);
}

sub _log :method {
    my $self = shift;
    print STDERR @_;
}

sub with_signature($self, $count = 1) { Example::Tools::trim($count) }

# Only declares.
sub later;

BEGIN { srand(1) }

package Example::Mailer::Letter {
    # Whose it is.
    our $owner = 'x';

    sub text { $_[0]{text} }
}

package Example::Mailer::Stamp;

# What it costs.
sub price { 3 }

# Sends everything.
sub Example::Mailer::send_all {
    my @letters = @_;
    Example::Mailer::Letter::text($_) for @letters;
}

1;

__END__

=head1 AUTHOR

Nobody.
