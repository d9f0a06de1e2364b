# Age (and, as yes or no, being a woman) by the 25 items of bfi, complete rows only, which are too many for their subsets:
# dominance of the five traits as blocks and of the items within each (dominanceanalysis 2.1.0), relative weights of all
# (rwa 0.1.0), and those of the log odds by their definition (Tonidandel and LeBreton 2010): glm on the uncorrelated
# variables nearest to the standardised items, shares of McFadden's measure.
suppressMessages({library(jsonlite); library(dominanceanalysis); library(rwa)})
d <- na.omit(read.csv("../data/bfi.csv")[, c(paste0(rep(c("A", "C", "E", "N", "O"), each = 5), 1:5), "gender", "age")])
items <- names(d)[1:25]; traits <- substr(items, 1, 1)
blocks <- tapply(items, traits, paste, collapse = "+")
by <- function(x) list(general = as.list(x$contribution.average[[1]]),
                       levels = unname(as.matrix(x$contribution.by.level[[1]][, -1])))
m <- lm(reformulate(items, "age"), d)
w <- rwa(d, "age", items, sort = FALSE)$result
woman <- as.numeric(d$gender == 2); x <- scale(d[items])
e <- eigen(cor(x)); L <- e$vectors %*% diag(sqrt(e$values)) %*% t(e$vectors)
g <- glm(woman ~ I(x %*% solve(L)), family = binomial, control = glm.control(epsilon = 1e-14))
parts <- as.numeric(L^2 %*% coef(g)[-1]^2)
out <- list(n = nrow(d), total = summary(m)$r.squared, blocks = by(dominanceAnalysis(m, terms = blocks)),
  inside = lapply(split(items, traits), function(own) by(dominanceAnalysis(lm(reformulate(own, "age"), d)))),
  weights = setNames(as.list(w$Raw.RelWeight), w$Variables),
  log_odds = setNames(as.list(parts / sum(parts) * (1 - g$deviance / g$null.deviance)), items))
write(toJSON(out, digits = NA, auto_unbox = TRUE), "values.json")
pk <- c("dominanceanalysis", "rwa")
write(toJSON(as.list(c(R = as.character(getRversion()), sapply(pk, function(p) as.character(packageVersion(p))))),
             auto_unbox = TRUE, pretty = TRUE), "session.json")
