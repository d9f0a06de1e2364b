# Analysis of covariance by R: lm, emmeans (adjusted means and contrasts, slopes of each cell), sandwich (HC2), clubSandwich
# (CR2 with Satterthwaite's degrees of freedom, by row between persons and by person within), drop1 (type III).
suppressMessages({library(jsonlite); library(emmeans); library(sandwich); library(clubSandwich)})
s <- read.csv("../data/factorial_sim.csv"); n <- nrow(s); set.seed(11)
s$age <- round(45 + 12 * rnorm(n)); s$skill <- round(rnorm(n) + .3 * s$sat, 3)
s$sat <- round(s$sat + .04 * (s$age - 45) + (s$cop == 1) * rnorm(n), 3)
s <- s[-(1:23), ]; s$outcome <- factor(s$outcome, c("as", "better", "worse"))
write.csv(s, "arms.csv", row.names = FALSE, quote = FALSE)
s$row <- seq_len(nrow(s)); s$cell <- interaction(s$cop, s$outcome, s$choice, lex.order = TRUE, drop = TRUE)
s$agec <- s$age - mean(s$age); s$skillc <- s$skill - mean(s$skill); k <- nlevels(s$cell)
m <- lm(sat ~ 0 + cell + agec + skillc, s)
lev <- do.call(rbind, strsplit(levels(s$cell), ".", fixed = TRUE)); sgn <- ifelse(lev[, 1] == "1", 1, -1)
L <- rbind(part = sgn / 6, worse = sgn * (lev[, 2] == "worse") / 2, bend = sgn * ifelse(lev[, 2] == "better", 1, ifelse(lev[, 2] == "worse", -1, 0)) / 2)
wide <- cbind(L, matrix(0, 3, 2))
row <- function(mod, W, by) { r <- linear_contrast(mod, vcov = "CR2", cluster = by, contrasts = W, test = "Satterthwaite", p_values = TRUE)
  data.frame(est = r$Est, se = r$SE, df = r$df, p = r$p_val, lower = r$CI_L, upper = r$CI_U) }
em <- as.data.frame(emmeans(lm(sat ~ cell + agec + skillc, s), ~ cell))$emmean
hc2 <- sqrt(diag(wide %*% vcovHC(m, "HC2") %*% t(wide)))
free <- lm(sat ~ 0 + cell + agec + skillc + cell:agec + cell:skillc, s); cf <- names(coef(free)); V <- vcovCR(free, s$row, "CR2")
W <- matrix(0, 3, length(cf)); W[, 1:k] <- L
wald <- function(words, free, V) { cf <- names(coef(free)); i <- grep(words, cf); r <- Wald_test(free, constraints = diag(length(cf))[i, , drop = FALSE], vcov = V, test = "HTZ"); c(r$Fstat, r$df_num, r$df_denom, r$p_val) }
three <- drop1(lm(sat ~ C(factor(cop), sum) * C(outcome, sum) * C(factor(choice), sum) + agec + skillc, s), . ~ ., test = "F")
three <- three[grep("C\\(", rownames(three)), ]
a <- read.csv("../data/attitude.csv"); d <- data.frame(person = rep(seq_len(nrow(a)), 3), kind = rep(c("complaints", "learning", "raises"), each = nrow(a)),
  y = c(a$complaints, a$learning, a$raises), high = rep(ifelse(a$advance > median(a$advance), "yes", "no"), 3), rating = rep(a$rating, 3), load = c(a$privileges, a$critical, a$advance))
write.csv(d, "within.csv", row.names = FALSE, quote = FALSE)
d$cell <- interaction(d$high, d$kind, lex.order = TRUE); d$ratingc <- d$rating - mean(d$rating); d$loadc <- d$load - mean(d$load)
w <- lm(y ~ 0 + cell + ratingc + loadc, d); wf <- lm(y ~ 0 + cell + ratingc + loadc + cell:ratingc + cell:loadc, d); WV <- vcovCR(wf, d$person, "CR2"); both <- rbind(gap = c(.5, -.5, 0, .5, -.5, 0, 0, 0), bend = c(-1, 1, 0, 1, -1, 0, 0, 0))
out <- list(table = row(m, wide, s$row), hc2 = unname(hc2), adjusted = em, slopes = coef_test(m, "CR2", cluster = s$row)[c("agec", "skillc"), c("beta", "SE", "df_Satt", "p_Satt")],
  own_slopes = row(free, W, s$row), homogeneity = list(age = wald("^cell.*:agec|agec:cell", free, V), skill = wald(":skillc", free, V), all = wald(":", free, V)),
  type3 = data.frame(ss = three[["Sum of Sq"]], f = three[["F value"]], p = three[["Pr(>F)"]]), within_homogeneity = list(rating = wald(":ratingc", wf, WV), load = wald(":loadc", wf, WV), all = wald(":", wf, WV)), within = row(w, both, d$person))
write(toJSON(out, digits = NA, auto_unbox = TRUE), "values.json")
write(toJSON(list(r = "4.2.2", emmeans = as.character(packageVersion("emmeans")), sandwich = as.character(packageVersion("sandwich")),
  clubSandwich = as.character(packageVersion("clubSandwich"))), auto_unbox = TRUE), "session.json")
