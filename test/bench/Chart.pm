# chart(\@cases, \%results): an SVG with a bar for each case: how many times as fast as plain
# postgres_fdw a link is, with postgres_fdw as well tuned as can be below it, and a mark for the limit.
# At 1 ms where the case has that, else at the first round trip that it has.

package Chart;

use strict;
use warnings;

use Exporter qw(import);
use List::Util qw(max min);
use Report;
use Ways;

our @EXPORT = qw(chart);

my ($width, $left, $right, $top) = (960, 330, 90, 112);
my ($row, $heading) = (22, 40);
my %headings = (
	reads => 'Reads', writes => 'Writes', links => 'Links, against IMPORT FOREIGN SCHEMA',
	drops => 'DROP, with and without the extension');
my %colours = (link => '#2f6fb0', slower => '#c2513f', tuned => '#b9c4cf', limit => '#1f2933', text => '#1f2933',
	pale => '#66727e', grid => '#e3e8ec', one => '#8d99a4', paper => '#ffffff');
my $style = <<"END";
text { font: 13px system-ui, 'Segoe UI', Helvetica, Arial, sans-serif; fill: $colours{text} }
.title { font-size: 20px; font-weight: 600 }
.heading { font-weight: 600 }
.pale { fill: $colours{pale} }
.value { font-size: 12px; font-weight: 600 }
.scale { font-size: 11px; fill: $colours{pale} }
END

sub chart
{
	my ($cases, $results) = @_;
	my @bars = grep { $_->{link} } map { bar_of($_, $results) } @$cases;
	return '' if !@bars;
	my @values = map { grep { defined } @{$_}{qw(link tuned limit)} } @bars;
	my ($least, $most) = (min(0.5, @values), max(10, @values));
	my $x = sub {
		my ($value) = @_;
		return $left + ($width - $left - $right) * log($value / $least) / log($most / $least);
	};
	my ($y, $group, $drawn) = ($top, '', '');
	for my $bar (@bars)
	{
		if ($bar->{group} ne $group)
		{
			$group = $bar->{group};
			$y += $heading;
			$drawn .= text_at(24, $y - 12, $headings{$group}, 'class="heading"');
		}
		$drawn .= draw($bar, $y, $x);
		$y += $row;
	}
	my $height = $y + 28;
	return qq{<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 $width $height" width="$width"}
		. qq{ height="$height" role="img" aria-label="How many times as fast as plain postgres_fdw">\n}
		. "<style>\n$style</style>\n"
		. rectangle(0.5, 0.5, $width - 1, $height - 1, qq{fill="$colours{paper}" stroke="$colours{grid}" rx="8"})
		. text_at(24, 38, 'How many times as fast as plain postgres_fdw', 'class="title"')
		. text_at(24, 60, 'The remote is 1 ms away unless a line says otherwise. Medians; the scale is logarithmic.',
			'class="pale"')
		. legend() . grid($least, $most, $y, $x) . $drawn . "</svg>\n";
}

sub bar_of
{
	my ($case, $results) = @_;
	my ($trip) = grep { defined ratio($results, $case, $_, 'plain') } 1, @trips;
	return {} if !defined $trip;
	my $link = ratio($results, $case, $trip, 'plain');
	my %bar = (group => $case->{group}, title => $case->{title} . ($trip == 1 ? '' : " ($trip ms)"), link => $link);
	for my $way (qw(tuned limit))
	{
		my $ratio = ratio($results, $case, $trip, $way);
		$bar{$way} = $link / $ratio if $ratio;
	}
	return \%bar;
}

sub draw
{
	my ($bar, $y, $x) = @_;
	my $colour = $bar->{link} < 1 / 1.05 ? $colours{slower} : $colours{link};
	my $drawn = text_at(24, $y + 12, $bar->{title}) . span($x->(1), $x->($bar->{link}), $y + 2, 9, $colour);
	$drawn .= span($x->(1), $x->($bar->{tuned}), $y + 12, 4, $colours{tuned}) if $bar->{tuned};
	$drawn .= rectangle($x->($bar->{limit}) - 1, $y, 2, 18, qq{fill="$colours{limit}"}) if $bar->{limit};
	my $end = max(map { $x->($_) } grep { defined } 1, @{$bar}{qw(link tuned limit)});
	my $value = sprintf $bar->{link} < 10 ? '%.1f×' : '%.0f×', $bar->{link};
	return $drawn . text_at($end + 6, $y + 12, $value, 'class="value"');
}

sub legend
{
	my ($at, $drawn) = (24, '');
	for my $entry ([ $colours{link}, 'a link as created', 165 ], [ $colours{tuned}, 'postgres_fdw tuned by hand', 225 ],
		[ $colours{limit}, 'the limit: libpq alone, COPY', 0 ])
	{
		my ($colour, $name, $room) = @$entry;
		my $mark = $colour eq $colours{limit} ? 2 : 14;
		$drawn .= rectangle($at, 76, $mark, 14, qq{fill="$colour"}) . text_at($at + $mark + 8, 88, $name);
		$at += $room;
	}
	return $drawn;
}

sub grid
{
	my ($least, $most, $bottom, $x) = @_;
	my $drawn = '';
	for my $value (grep { $_ >= $least && $_ <= $most } 0.1, 1, 10, 100, 1000, 10000)
	{
		my $at = sprintf '%.1f', $x->($value);
		my $colour = $value == 1 ? $colours{one} : $colours{grid};
		$drawn .= qq{<line x1="$at" x2="$at" y1="@{[$top + 4]}" y2="$bottom" stroke="$colour"/>\n}
			. text_at($at, $bottom + 16, "$value×", 'class="scale" text-anchor="middle"');
	}
	return $drawn;
}

sub span
{
	my ($from, $to, $y, $height, $colour) = @_;
	($from, $to) = ($to, $from) if $to < $from;
	return rectangle($from, $y, max(1, $to - $from), $height, qq{fill="$colour"});
}

sub rectangle
{
	my ($x, $y, $wide, $high, $how) = @_;
	return sprintf qq{<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" %s/>\n}, $x, $y, $wide, $high, $how;
}

sub text_at
{
	my ($x, $y, $text, $how) = @_;
	my %names = ('&' => '&amp;', '<' => '&lt;', '>' => '&gt;');
	$text =~ s/([&<>])/$names{$1}/g;
	return sprintf qq{<text x="%.1f" y="%.1f" %s>%s</text>\n}, $x, $y, $how // '', $text;
}

1;
