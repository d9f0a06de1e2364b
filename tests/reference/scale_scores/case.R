# Scale scores of the bfi: means of the answered items where at least half of them are answered; described by
# psych::describe, correlated by psych::corr.test over pairs, p without adjustment.
suppressPackageStartupMessages(library(psych))
source("../write_tables.R")
bfi <- read_bfi()
scores <- sapply(scales, function(items) {
  mean_of_answered <- rowMeans(bfi[items], na.rm = TRUE)
  mean_of_answered[rowMeans(!is.na(bfi[items])) < 0.5] <- NA
  mean_of_answered
})
described <- describe(scores)
alphas <- sapply(scales, function(items) alpha(bfi[items])$total$raw_alpha)
write_table(data.frame(construct = names(scales), n = described$n, mean = described$mean, sd = described$sd,
                       alpha = alphas), "scales.csv")
tested <- corr.test(scores, use = "pairwise", adjust = "none")
pairs <- NULL
for (j in 1:4) for (i in (j + 1):5) {
  size <- if (length(tested$n) == 1) tested$n else tested$n[i, j]
  pairs <- rbind(pairs, data.frame(construct_1 = names(scales)[j], construct_2 = names(scales)[i],
                                   r = tested$r[i, j], n = size, pvalue = tested$p[i, j]))
}
write_table(pairs, "pairs.csv")
# Thirty people, of whom every third left two scales out: small and unequal n.
few <- scores[1:30, ]
few[seq(1, 30, 3), c("C", "N")] <- NA
tested <- corr.test(few, use = "pairwise", adjust = "none")
pairs <- NULL
for (j in 1:4) for (i in (j + 1):5) {
  pairs <- rbind(pairs, data.frame(construct_1 = names(scales)[j], construct_2 = names(scales)[i],
                                   r = tested$r[i, j], n = tested$n[i, j], pvalue = tested$p[i, j]))
}
write_table(pairs, "few.csv")
write_session("psych")
