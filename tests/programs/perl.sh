#!/bin/sh
# SPDX-License-Identifier: MIT
# Perl with hashes, strings, sorting, closures, forks and, where it is built with them, threads.
. "$ALLOC_SRCDIR/tests/programs/compare.sh"

need perl perl
cat > "$folder/job.pl" <<'END'
use strict; use warnings; use Config;
my %seen; my $state = 12345;
sub next_number { $state = ($state * 1103515245 + 12345) % 2147483648; return $state; }
$seen{"key " . next_number() % 50000} .= "x" x (next_number() % 300) for 1 .. 200000;
my $total = 0; $total += length $_ for values %seen;
print scalar(keys %seen), " keys, $total bytes\n";
delete $seen{$_} for grep { length($seen{$_}) % 2 } keys %seen;
print scalar(keys %seen), " left\n";
my @sorted = sort { length($seen{$a}) <=> length($seen{$b}) or $a cmp $b } keys %seen;
print "$sorted[0] $sorted[-1]\n";
my @closures = map { my $n = $_; sub { return $n * shift } } 1 .. 20000;
my $sum = 0; $sum += $closures[$_]->($_) for 0 .. $#closures; print "$sum\n";
my $text = join ' ', map { "word$_" } 1 .. 60000;
my $count = () = $text =~ /\bword(\d*7)\b/g; print "$count\n";
(my $copy = $text) =~ s/(\d+)/<$1>/g; print length $copy, "\n";
for my $child (1 .. 6) {
  my $pid = fork; die unless defined $pid;
  if (!$pid) { my @blob = map { "y" x $_ } 1 .. 2000; exit @blob == 2000 ? $child : 99; }
  waitpid $pid, 0; print "child ", $? >> 8, "\n";
}
print `perl -e 'print "nested ", 6 * 7, "\n"'`;
if ($Config{useithreads}) {
  require threads;
  my @threads = map { my $n = $_; threads->create(sub { my %h = map { $_ => "z" x ($_ % 100) } 1 .. 20000 + $n; return scalar keys %h; }) } 1 .. 4;
  print join(' ', map { $_->join } @threads), "\n";
}
END
compare perl 120 perl "$folder/job.pl"
