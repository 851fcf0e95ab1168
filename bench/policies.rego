# The bench's policy (policy_cases.py) as one would write it in Rego, with the semantics that the product has built in:
# any deny wins, the lightest grant for a package, the strictest route across packages, a tighten only adds.
package access

import rego.v1

partner := data.partners[input.domain]

known if partner

# --- refused: what is not known refuses too

denied contains "members-only" if not input.user_type == "Member"

denied contains "consumer-mail" if data.consumer[input.domain]

denied contains "embargo" if data.embargoed[partner.country]

denied contains "embargo" if {
	some ending in data.embargoed_endings
	endswith(input.domain, ending)
}

denied contains "sponsor-quota" if {
	input.kind == "access"
	not input.active_guests < 10
}

# --- tightened

denied_before if not input.previous_denials < 1

longest(days) := min({days, 30}) if denied_before

longest(days) := days if not denied_before

fewest(characters) := characters if known

fewest(characters) := max({characters, 60}) if not known

# --- granted: the place of each grant that fits, from the lightest route to the strictest

fits[item] contains 0 if {
	some item in input.packages
	partner.packages[item]
	some group in input.groups
	partner.sponsors[group]
	within(partner.max_days, 0)
}

fits[item] contains 1 if {
	some item in input.packages
	known
	data.classes[item] == "standard"
	within(90, 30)
}

fits[item] contains 2 if {
	some item in input.packages
	item == "portal"
	not known
	within(30, 30)
}

fits[item] contains 3 if {
	some item in input.packages
	known
	data.classes[item] == "confidential"
	within(60, 60)
}

within(days, characters) if {
	input.days <= longest(days)
	input.justification >= fewest(characters)
}

chosen[item] := min(places) if some item, places in fits

days_of(place) := partner.max_days if place == 0

days_of(place) := data.grants[place].max_days if place > 0

weights contains data.grants[place].weight if some place in chosen

weights contains 20 if denied_before

answer := {"denied": denied} if not granted

answer := {
	"route": data.routes[sprintf("%d", [max(weights)])],
	"max_days": min({longest(days_of(place)) | some place in chosen}),
	"justification": max({fewest(data.grants[place].justification) | some place in chosen}),
	"questions": {question | some place in chosen; some question in data.grants[place].questions} | {question |
		some item in input.packages
		some question in data.questions[item]
	},
} if granted

granted if {
	count(denied) == 0
	count(chosen) == count(input.packages)
}
