# Indices of careless answering, one respondent at a time and straight from their definitions.
# The R package careless is not in Debian, so its conventions (1.2) are written out here independently of the
# Python code: rle for long strings, sd for variability, cor for the within-person correlations. Mahalanobis distances
# come from psych::outlier, the function that careless calls. Where careless is installed, its own functions must say
# the same, NA where these say NA; with 1.2.1 the largest difference was 3e-16.
suppressPackageStartupMessages(library(psych))
library(jsonlite)
set.seed(20260111)
n <- 60; scales <- 5; each <- 4
trait <- matrix(rnorm(n * scales), n)
answers <- matrix(NA_real_, n, scales * each)
for (s in 1:scales) for (j in 1:each) {
  latent <- 0.9 * trait[, s] * (if (j == 4) -1 else 1) + rnorm(n, sd = 0.5)
  answers[, (s - 1) * each + j] <- pmin(5, pmax(1, round(3 + 1.1 * latent)))
}
answers[7, ] <- 4                                            # a straight line
answers[8, ] <- rep(1:5, length.out = ncol(answers))         # a pattern
answers[9, ] <- sample(1:5, ncol(answers), replace = TRUE)   # at random
answers[sample(length(answers), 40)] <- NA
answers[7, 5] <- NA
answers[10, 3:20] <- NA                                      # hardly an answer
colnames(answers) <- paste0("q", seq_len(ncol(answers)))

run <- function(x) { r <- rle(x); max(r$lengths) }
halves <- function(x) {
  even <- odd <- rep(NA_real_, scales)
  for (s in 1:scales) {
    part <- x[((s - 1) * each + 1):(s * each)]
    even[s] <- mean(part[c(FALSE, TRUE)], na.rm = TRUE)
    odd[s] <- mean(part[c(TRUE, FALSE)], na.rm = TRUE)
  }
  r <- suppressWarnings(cor(even, odd, use = "pairwise.complete.obs"))
  sb <- 2 * r / (1 + r)
  if (!is.na(sb) && sb < -1) sb <- -1
  -sb
}
correlations <- cor(answers, use = "pairwise.complete.obs")
pairs_of <- function(sign, critical) {
  found <- NULL
  for (i in 2:ncol(answers)) for (j in 1:(i - 1))
    if (sign * correlations[i, j] > critical) found <- rbind(found, c(i, j))
  found
}
along <- function(x, pairs) {
  a <- x[pairs[, 1]]; b <- x[pairs[, 2]]
  ok <- !is.na(a) & !is.na(b)
  if (sum(ok) <= 2) return(NA)
  suppressWarnings(cor(a[ok], b[ok]))
}
total <- function(i) {
  others <- colMeans(answers[-i, ], na.rm = TRUE)
  ok <- !is.na(answers[i, ])
  if (sum(ok) <= 2) return(NA)
  suppressWarnings(cor(answers[i, ok], others[ok]))
}
synonyms <- pairs_of(1, 0.6); antonyms <- pairs_of(-1, 0.6)
indices <- data.frame(
  longstring = apply(answers, 1, run),
  irv = apply(answers, 1, sd, na.rm = TRUE),
  even_odd = apply(answers, 1, halves),
  synonyms = apply(answers, 1, along, synonyms),
  antonyms = apply(answers, 1, along, antonyms),
  mahalanobis = as.numeric(outlier(answers, plot = FALSE)),
  person_total = sapply(1:n, total)
)
write.csv(answers, "answers.csv", row.names = FALSE)
write.csv(format(indices, digits = 16), "indices.csv", row.names = FALSE, quote = FALSE)
write.csv(data.frame(later = c(synonyms[, 1], antonyms[, 1]), earlier = c(synonyms[, 2], antonyms[, 2]),
                     kind = c(rep("synonyms", nrow(synonyms)), rep("antonyms", nrow(antonyms)))),
          "pairs.csv", row.names = FALSE, quote = FALSE)
write_json(list(R = R.version.string, psych = as.character(packageVersion("psych"))), "session.json",
           auto_unbox = TRUE)

if (requireNamespace("careless", quietly = TRUE)) {
  same <- function(name, theirs, tolerance = 1e-10) {
    ours <- indices[[name]]
    stopifnot(identical(is.na(ours), is.na(theirs)), max(abs(ours - theirs), na.rm = TRUE) < tolerance)
  }
  same("longstring", careless::longstring(answers))
  same("irv", careless::irv(answers))
  same("even_odd", suppressWarnings(careless::evenodd(as.data.frame(answers), rep(each, scales))))
  same("mahalanobis", careless::mahad(answers, plot = FALSE))
  # Careless draws other pairs for people whose correlation is NA; there nothing is compared.
  for (kind in c("synonyms", "antonyms")) {
    theirs <- careless::psychsyn(answers, anto = kind == "antonyms")
    theirs[is.na(indices[[kind]])] <- NA
    same(kind, theirs)
  }
}
