# Words the delivery itself adds.
possible-duplicate = ⚠ Possible duplicate of a message sent before: same #id, one answer counts for both.
